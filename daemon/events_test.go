package daemon

import (
	"testing"

	"github.com/stage6/stage6/event"
)

func TestWhatIsDeniedIsLoggedWhereItIsAMistake(t *testing.T) {
	for reason, want := range map[string]bool{
		event.PoolEmpty: true, event.Withheld: true, event.NoLink: true, event.Borrowed: true,
		event.NotOffered: false, "in-use": false,
	} {
		if got := isLogged(&event.Event{Kind: event.Denied, Reason: reason}); got != want {
			t.Errorf("%s: logged %v, want %v", reason, got, want)
		}
	}
}
