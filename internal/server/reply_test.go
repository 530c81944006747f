package server_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/stage6/stage6/internal/server"
	"github.com/stage6/stage6/pipeline"
)

func TestReply(t *testing.T) {
	t.Run("copies the transaction id", func(t *testing.T) {
		w := newServer(server.Settings{}).NewWorker()
		r, drop := serve(t, w, arrival(), "information-request fe00ff\n")
		if drop != "" || !bytes.Equal(r.Data[1:4], []byte{0xfe, 0, 0xff}) {
			t.Errorf("got %x %s, want fe00ff", r.Data, drop)
		}
	})
	t.Run("carries both identifiers", func(t *testing.T) {
		w := newServer(server.Settings{}).NewWorker()
		r, drop := serve(t, w, arrival(), "information-request 0a0b0c\n  client-id 00ff0102\n")
		want := []byte{7, 10, 11, 12, 0, 1, 0, 4, 0, 0xff, 1, 2, 0, 2, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0, 0, 1}
		if drop != "" || !bytes.Equal(r.Data, want) {
			t.Errorf("got %x %s, want %x", r.Data, drop, want)
		}
	})
	t.Run("is appended to what the caller has", func(t *testing.T) {
		w := newServer(server.Settings{}).NewWorker()
		dst := append(make([]byte, 0, 1000), "before"...)
		r, drop := w.Serve(context.Background(), dst, []byte{11, 1, 2, 3}, arrival())
		if drop != "" || string(dst[:6]) != "before" || &r.Data[0] != &dst[:7][6] {
			t.Errorf("the reply does not follow in the buffer (%s)", drop)
		}
	})
	for name, options := range map[string]int{"of a whole datagram is sent": 1, "too long is dropped": 2} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			w := newServer(server.Settings{}, step("long", &log, func(_ context.Context, x *pipeline.Exchange) (pipeline.Action, error) {
				for i := range options {
					o, err := pipeline.NewOption(dhcpv6.OptionCode(200+i), make([]byte, 40000))
					if err != nil {
						return pipeline.Continue, err
					}
					x.SetOption(o)
				}
				return pipeline.Continue, nil
			})).NewWorker()
			_, drop := serve(t, w, arrival(), "information-request 0a0b0c\n  oro 200 201\n")
			if want := []string{"", "reply-too-long"}[options-1]; drop != want {
				t.Errorf("dropped %q, want %q", drop, want)
			}
		})
	}
}
