package hosttext

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Merge gives a JSON object with a merge patch applied (RFC 7396): what the patch
// has takes the place of what there was, and null takes it away. what is what
// errors call the patch.
func Merge(what string, object, patch []byte) ([]byte, error) {
	var into, by any
	if err := decodeJSON(patch, &by); err != nil {
		return nil, notJSON(what, patch, err)
	}
	changes, ok := by.(map[string]any)
	if !ok {
		return nil, fmt.Errorf(`%s: want an object with what changes, such as {"tags": ["web"]}`, what)
	}
	if err := decodeJSON(object, &into); err != nil {
		return nil, err
	}
	return json.Marshal(merged(into, changes))
}

func decodeJSON(text []byte, into any) error {
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// merged is MergePatch of RFC 7396 section 2 for a patch that is an object.
func merged(target any, patch map[string]any) map[string]any {
	out, ok := target.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for key, value := range patch {
		inner, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(out, key)
		case isObject:
			out[key] = merged(out[key], inner)
		default:
			out[key] = value
		}
	}
	return out
}
