package bindings

import "testing"

func TestWhatIsInAPileDoesNotMove(t *testing.T) {
	var p pile[int]
	const n = 3<<pileBits + 1
	var places []*int
	for i := range n {
		p.push(i)
		places = append(places, p.at(i))
	}
	for i, place := range places {
		if p.at(i) != place || *place != i {
			t.Fatalf("value %d is %d at %p, want it at %p", i, *p.at(i), p.at(i), place)
		}
	}
	for i := n - 1; i >= 0; i-- {
		if got := p.pop(); got != i || p.len() != i {
			t.Fatalf("got %d of a pile of %d, want %d", got, p.len()+1, i)
		}
	}
}
