package token

// hidden stands in the place of a token.
const hidden = "********************************"

// Hide writes over each token of this server's that stands in data, whether it
// counts or not, so that those who may only look do not get one. It works in place.
func (l *Ledger) Hide(data []byte) {
	for i := 0; i+Length <= len(data); i++ {
		t, err := parse(string(data[i : i+Length]))
		if err != nil {
			continue
		}
		if _, ok := l.find(&t); ok {
			copy(data[i:], hidden)
			i += Length - 1
		}
	}
}
