package fault

import (
	"regexp"
	"strings"
)

// plainJSON rewrites encoding/json's messages, which use terms of Go and of its parser, in terms
// of JSON.
func plainJSON(text string) string {
	text = goType.ReplaceAllStringFunc(text, func(match string) string {
		m := goType.FindStringSubmatch(match)
		found, field, wanted := m[1], m[2], m[3]
		if value, ok := strings.CutPrefix(found, "number "); ok {
			found = "the number " + value
		} else {
			found = withArticle[found]
		}
		problem := "unexpected " + m[1]
		if expected := jsonType(wanted, field == ""); expected != "" && expected != found && found != "" {
			problem = "expected " + expected + ", found " + found
		}
		if field != "" {
			problem = field + ": " + problem
		}
		return problem
	})
	return badByte.ReplaceAllStringFunc(text, func(match string) string {
		m := badByte.FindStringSubmatch(match)
		for _, e := range expectations {
			if strings.HasPrefix(m[2], e.context) {
				return "expected " + e.expected + ", found " + m[1]
			}
		}
		return match
	})
}

var (
	// goType matches encoding/json's message about a value of the wrong type.
	goType = regexp.MustCompile(`json: cannot unmarshal (number \S+|\w+) into Go (?:value|struct field [^\s.]*\.(\S+)) of type (struct \{[^{}]*\}|\S*[^\s:;,])`)
	// badByte matches encoding/json's message about a syntax error.
	badByte = regexp.MustCompile(`invalid character ('(?:\\'|[^'])+'|'"') ((?:looking for|after|in) [a-z\\][a-z\\: -]*(?:\(expecting '[a-z]'\))?)`)
)

// withArticle maps encoding/json's types of values to words for messages.
var withArticle = map[string]string{
	"number": "a number", "string": "a string", "array": "an array", "object": "a JSON object", "bool": "a boolean",
}

// jsonType returns words for the JSON type that corresponds to a Go type, or "" if the name
// of the Go type does not say. document says that the value is the whole document, which is
// decoded into a struct.
func jsonType(name string, document bool) string {
	switch {
	case name == "string":
		return withArticle["string"]
	case name == "bool":
		return withArticle["bool"]
	case strings.HasPrefix(name, "[]"):
		return withArticle["array"]
	case strings.HasPrefix(name, "map["), strings.HasPrefix(name, "struct {"), document && strings.Contains(name, "."):
		return withArticle["object"]
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "an integer"
	case strings.HasPrefix(name, "float"):
		return withArticle["number"]
	}
	return ""
}

// expectations say what encoding/json expects in each context. A context that begins with
// another one comes before it.
var expectations = []struct{ context, expected string }{
	{"looking for beginning of value", "a value"},
	{"looking for beginning of object key string", "a key in double quotes"},
	{"after object key:value pair", "a comma or a closing brace"},
	{"after object key", "a colon after the key"},
	{"after array element", "a comma or a closing bracket"},
	{"after top-level value", "the end of the file"},
	{"in string literal", "a closing quote"},
	{"in string escape code", "an escape sequence"},
	{`in \u hexadecimal character escape`, "a hexadecimal digit"},
	{"in literal true (expecting", "the rest of true"},
	{"in literal false (expecting", "the rest of false"},
	{"in literal null (expecting", "the rest of null"},
	{"in numeric literal", "a digit"},
	{"after decimal point in numeric literal", "a digit"},
	{"in exponent of numeric literal", "a digit"},
}
