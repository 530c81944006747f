package server

import "github.com/stage6/stage6/internal/exchange"

// SetOthers sets who wants to know of messages for other servers: the DUID that
// one names, and the client's link. It must not block, nor keep the DUID. It is
// set before the first message.
func (s *Server) SetOthers(named func(duid []byte, link string)) { s.others = named }

// tellOther tells of a message that is dropped since it is for another server.
func (srv *Server) tellOther(s *exchange.State, reason string) {
	if srv.others == nil || reason != dropWrongServerID {
		return
	}
	srv.selectLink(s)
	name := ""
	if s.Link != nil {
		name = s.Link.Name
	}
	srv.others(s.Msg.ServerID, name)
}
