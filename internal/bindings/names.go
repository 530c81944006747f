package bindings

// names keeps each text once, under a number, as long as it is used. Number 0 is
// the empty text.
type names struct {
	numbers map[string]uint32
	texts   arena[name]
}

type name struct {
	text string
	uses int
}

// use gives the number of a text, which is used once more.
func (n *names) use(text string) uint32 {
	if text == "" {
		return 0
	}
	id, known := n.numbers[text]
	if !known {
		id = n.texts.add()
		n.texts.at(id).text = text
		n.numbers[text] = id
	}
	n.texts.at(id).uses++
	return id
}

// leave undoes use.
func (n *names) leave(id uint32) {
	if id == 0 {
		return
	}
	at := n.texts.at(id)
	if at.uses--; at.uses == 0 {
		delete(n.numbers, at.text)
		n.texts.release(id)
	}
}

// text gives that of a number that is used.
func (n *names) text(id uint32) string {
	if id == 0 {
		return ""
	}
	return n.texts.at(id).text
}
