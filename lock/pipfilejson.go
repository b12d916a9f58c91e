package lock

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ignored is a JSON value whose content does not matter.
type ignored struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*ignored) UnmarshalJSON([]byte) error { return nil }

// jsonMember is a member of a JSON object.
type jsonMember struct {
	name  string
	at    int    // offset of the end of the name
	start int    // offset of the value
	value []byte // part of the document
}

// members returns the members of the JSON object text, which is at offset base in the
// document. A repeated name is an error, although JSON allows it. text is valid JSON; unlike
// a json.Decoder, members does not copy it.
func (r *pipfileReader) members(text []byte, base int) ([]jsonMember, error) {
	i := skipSpace(text, 0)
	if i == len(text) || text[i] != '{' {
		return nil, r.d.damaged(r.line(base), errors.New("expected a JSON object"))
	}
	var members []jsonMember
	seen := map[string]bool{}
	for i = skipSpace(text, i+1); i < len(text) && text[i] == '"'; {
		end := skipValue(text, i)
		m := jsonMember{at: base + end}
		if err := json.Unmarshal(text[i:end], &m.name); err != nil {
			return nil, r.d.damaged(r.line(m.at), err)
		}
		i = skipSpace(text, skipSpace(text, end)+len(":"))
		m.start = base + i
		end = skipValue(text, i)
		m.value = text[i:end]
		if seen[m.name] {
			return nil, r.d.damaged(r.line(m.at), fmt.Errorf("duplicate key %q", m.name))
		}
		seen[m.name] = true
		members = append(members, m)
		i = skipSpace(text, skipSpace(text, end)+len(","))
	}
	return members, nil
}

// skipSpace returns the offset of the first byte at or after i that is not white space.
func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	return min(i, len(text))
}

// skipValue returns the offset of the end of the value at i. text is valid JSON.
func skipValue(text []byte, i int) int {
	depth, quoted := 0, false
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			if quoted = !quoted; !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i // of the object that contains a number, true, false, or null
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			return i
		}
	}
	return len(text)
}
