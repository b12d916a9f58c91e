package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// Document is what a command prints with --json. Its JSON object has the fields
// "schema" and "layers", those of Result, and "error".
type Document struct {
	Layers []Row  // layers that the command is about; empty if it failed before it knew them
	Result any    // a struct with what the command reports in addition to the layers; nil if there is nothing
	Error  *Error // why the command failed; nil if it did not
}

// Error is the reason why a command failed, entirely or for one layer.
type Error struct {
	Kind       string   `json:"kind"`        // name of the exit status, such as "usage", "lock", or "index"
	ExitStatus int      `json:"exit_status"` // exit status; see `lamella help exit-codes`
	Message    string   `json:"message"`     // one sentence, as printed after "error:"
	Subject    string   `json:"subject"`     // what the error is about, such as a distribution or a file; "" if it is about nothing in particular
	Details    []string `json:"details"`     // lines printed below the message
	Hints      []string `json:"hints"`       // what to do next
}

// documentHead are the fields of a Document before those of its result.
type documentHead struct {
	Schema int   `json:"schema"` // version of this format
	Layers []Row `json:"layers"` // one element for each layer and destination, in the order of the configuration
}

// MarshalJSON implements json.Marshaler.
func (d Document) MarshalJSON() ([]byte, error) {
	return join(documentHead{Version, d.Layers}, d.Result, d.Error)
}

// join writes the fields of head that result lacks, then those of result, and "error".
func join(head, result any, failed *Error) ([]byte, error) {
	var b bytes.Buffer
	own := map[string]json.RawMessage{}
	var fields []byte
	if result != nil {
		var err error
		if fields, err = marshal(result); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(fields, &own); err != nil {
			return nil, err
		}
	}
	v := reflect.ValueOf(head)
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("json")
		if _, replaced := own[name]; replaced {
			continue
		}
		value, err := marshal(v.Field(i).Interface())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, ",%q:%s", name, value)
	}
	if len(own) > 0 {
		fmt.Fprintf(&b, ",%s", fields[1:len(fields)-1])
	}
	end, err := marshal(failed)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, ",%q:%s}", "error", end)
	return append([]byte("{"), b.Bytes()[1:]...), nil
}

// marshal is like json.Marshal, but does not escape <, >, and &, and writes an empty list or
// map as such, never as null.
func marshal(v any) ([]byte, error) {
	copied := reflect.New(reflect.TypeOf(v))
	copied.Elem().Set(reflect.ValueOf(v))
	fill(copied)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(copied.Interface())
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// fill replaces nil lists and maps in v with empty ones.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" && v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() && v.CanSet() {
			v.Set(reflect.MakeMap(v.Type()))
		}
	}
}
