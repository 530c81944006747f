package daemon

import "iter"

// collect gives all entries, or the first error: never nil, which programs would
// be told as null.
func collect[T any](entries iter.Seq2[T, error]) ([]T, error) {
	all := []T{}
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
