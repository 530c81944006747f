package daemon

// pages asks for one page after the other, each by where the one before ended,
// and gives what is on all of them: never nil, which programs would be told as
// null.
func pages[T any](ask func(after string) (entries []T, next string, err error)) ([]T, error) {
	all := []T{}
	for after := ""; ; {
		entries, next, err := ask(after)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
		if after = next; after == "" {
			return all, nil
		}
	}
}
