package server_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/stage6/stage6/internal/server"
)

func TestCounters(t *testing.T) {
	srv := newServer(server.Settings{})
	w := srv.NewWorker()
	for _, text := range []string{
		direct,
		"decline 0a0b0c\n  client-id 00030001525400aabb01\n  server-id 00030001525400000001\n  ia-na 1 t1=0 t2=0\n",
		"solicit 0a0b0c\n",
		"solicit 0a0b0d\n",
		"advertise 0a0b0c\n",
	} {
		serve(t, w, arrival(), text)
	}
	t.Run("messages and drops are counted by name", func(t *testing.T) {
		want := map[string]uint64{
			"received_information-request": 1, "received_decline": 1, "received_solicit": 2,
			"dropped_missing-client-id": 2, "dropped_advertise-in": 1,
		}
		if diff := cmp.Diff(want, srv.Counters().Snapshot()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("metrics say the same", func(t *testing.T) {
		got := metrics(t, srv.Counters())
		maps.DeleteFunc(got, func(_ string, n float64) bool { return n == 0 })
		want := map[string]float64{
			"stage6_messages_received_total decline": 1, "stage6_messages_received_total information-request": 1,
			"stage6_messages_received_total solicit": 2,
			"stage6_dropped_total advertise-in":      1, "stage6_dropped_total missing-client-id": 2,
			"stage6_exchanges_total answered unknown": 2, "stage6_exchanges_total dropped unknown": 3,
			"stage6_identified_total none": 2,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
