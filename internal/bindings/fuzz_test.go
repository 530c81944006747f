package bindings_test

import "testing"

// FuzzTable makes the steps of the model by the octets of its input.
func FuzzTable(f *testing.F) {
	f.Add([]byte("\x06\x00\x01\x02\x03\x0b\x0c\x01"))
	f.Add([]byte("stage6 serves machines in their stages, one after the other"))
	f.Fuzz(func(t *testing.T, steps []byte) {
		steps = steps[:min(len(steps), 1000)] // longer ones are slow and find nothing new
		m := newModel(t, func(n int) int {
			if len(steps) == 0 {
				return 0
			}
			c := int(steps[0])
			steps = steps[1:]
			return c % n
		})
		for len(steps) > 0 {
			t.Log(m.run())
		}
		m.restart()
	})
}
