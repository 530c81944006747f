package switchports

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/stage6/stage6/ident"
)

// table says which machine is at a port, by the Interface-Id of the switch.
type table map[string]ident.MAC

// parse reads lines of an Interface-Id and a MAC. # begins a comment.
func parse(name string, from io.Reader) (table, error) {
	r := csv.NewReader(from)
	r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = '#', 2, true
	t := table{}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := t.add(fields[0], fields[1]); err != nil {
			line, _ := r.FieldPos(0)
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
}

func (t table) add(port, text string) error {
	mac, err := ident.ParseMAC(text)
	if err != nil {
		return err
	}
	if _, twice := t[port]; twice {
		return fmt.Errorf("port %q stands twice", port)
	}
	t[port] = mac
	return nil
}
