package fault

import (
	"encoding/json"
	"testing"
)

// What encoding/json reports is said without the names of Go types and parser states.
func TestJSONInPlainWords(t *testing.T) {
	type inner struct {
		Name  string            `json:"name"`
		Count int               `json:"count"`
		List  []string          `json:"list"`
		Map   map[string]string `json:"map"`
		Bare  struct {
			Flag bool `json:"flag"`
		} `json:"bare"`
	}
	for text, want := range map[string]string{
		`5`:                     "expected a JSON object, found a number",
		`[]`:                    "expected a JSON object, found an array",
		`{"name": 5}`:           "name: expected a string, found a number",
		`{"count": 1.5}`:        "count: expected an integer, found the number 1.5",
		`{"count": "a"}`:        "count: expected an integer, found a string",
		`{"list": {}}`:          "list: expected an array, found a JSON object",
		`{"map": true}`:         "map: expected a JSON object, found a boolean",
		`{"bare": "a"}`:         "bare: expected a JSON object, found a string",
		`{"bare": {"flag": 1}}`: "bare.flag: expected a boolean, found a number",
		`x`:                     "expected a value, found 'x'",
		`{a: 1}`:                "expected a key in double quotes, found 'a'",
		`{"a" 1}`:               "expected a colon after the key, found '1'",
		`{"a": 1 "b"}`:          "expected a comma or a closing brace, found '\"'",
		`[1 2]`:                 "expected a comma or a closing bracket, found '2'",
		`{} {}`:                 "expected the end of the file, found '{'",
		"\"\n\"":                `expected a closing quote, found '\n'`,
		`"\'"`:                  `expected an escape sequence, found '\''`,
		`"\u00x0"`:              "expected a hexadecimal digit, found 'x'",
		`trie`:                  "expected the rest of true, found 'i'",
		`-a`:                    "expected a digit, found 'a'",
	} {
		err := json.Unmarshal([]byte(text), &inner{})
		if err == nil {
			t.Errorf("%s is valid", text)
		} else if got := Text(err.Error()); got != want {
			t.Errorf("%s: got %q (%v), want %q", text, got, err, want)
		}
	}
}
