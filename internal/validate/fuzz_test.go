package validate

import "testing"

// FuzzAnswer has whatever servers may send be read without harm, and what a rule says
// said again.
func FuzzAnswer(f *testing.F) {
	for _, c := range append(answerCases(), relayCases()...) {
		f.Add(c.sent, c.got)
	}
	f.Fuzz(func(t *testing.T, sent, got []byte) {
		once, again := Checker{}.Answer(sent, got), Checker{}.Answer(sent, got)
		if len(once) != len(again) {
			t.Errorf("%d rules are broken, and then %d", len(once), len(again))
		}
		Checker{}.Relayed(sent, got)
		Checker{}.Kept(Promise{sent, got, sent, got})
	})
}
