package explain

import (
	"fmt"
	"strings"

	"github.com/stage6/stage6/api"
)

// summary tells an exchange in one line.
func (t *telling) summary() string {
	o := &t.out
	who := o.Client.Program
	if o.Message == "" {
		return fmt.Sprintf("%s from %s: no reply: %s", who, o.Way.From.Addr(), o.DropText)
	}
	return fmt.Sprintf("%s from %s: %s", o.Message, who, t.result())
}

// result tells what came of it.
func (t *telling) result() string {
	o := &t.out
	if o.Drop != "" {
		return "no reply: " + o.DropText
	}
	words := []string{o.Reply}
	for i := range o.IAs {
		words = append(words, iaResult(&o.IAs[i]))
	}
	for _, x := range o.Options {
		if x.Code == 59 && x.Sent {
			words = append(words, "boot "+strings.Trim(x.Value, `"`))
		}
	}
	return strings.Join(words, ", ")
}

func iaResult(ia *api.ExplainedIA) string {
	if len(ia.Given) == 0 {
		if ia.Silent {
			return "done"
		}
		return ia.Status
	}
	var given []string
	for _, l := range ia.Given {
		given = append(given, Shown(l.Prefix))
	}
	return strings.Join(given, " ")
}
