package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/output"
)

// Every command that can print JSON has a schema, and every schema a command.
func TestEveryResultHasASchema(t *testing.T) {
	names := []string{"error"}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			visit(c)
		}
		printsText := []string{"help", "completion", "schema", "cache"}
		if name := resultName(cmd); name != "" && !cmd.Hidden && !slices.Contains(printsText, name) && (cmd.Parent() == nil || cmd.Parent().Name() != "help") {
			names = append(names, name)
		}
	}
	visit(Commands(io.Discard))
	slices.Sort(names)
	if got := output.Names(); !slices.Equal(got, names) {
		t.Errorf("schemas %v\ncommands %v", got, names)
	}
}

// resultName is the name of what cmd prints: its words after "lamella", with "-".
func resultName(cmd *cobra.Command) string {
	_, words, _ := strings.Cut(cmd.CommandPath(), " ")
	return strings.ReplaceAll(words, " ", "-")
}

// checkJSON reports an error unless text is one object that follows the schema of what
// the command line prints, and has no field that the schema lacks.
func checkJSON(args []string, text []byte) error {
	name := "error"
	if cmd, _, err := Commands(io.Discard).Find(args); err == nil && output.Schema(resultName(cmd)) != nil {
		name = resultName(cmd)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(output.Schema(name)))
	if err != nil {
		return err
	}
	closeObjects(schema)
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("result.json", schema); err != nil {
		return err
	}
	compiled, err := compiler.Compile("result.json")
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one object")
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// closeObjects forbids, in each object that lists properties, others.
func closeObjects(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if s["properties"] != nil && s["required"] != nil && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
		delete(s, "$id")
		for _, v := range s {
			closeObjects(v)
		}
	case []any:
		for _, v := range s {
			closeObjects(v)
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for _, test := range []struct {
		args, text string
		ok         bool
	}{
		{"cache dir", `{"schema":1,"layers":[],"dir":"x","error":null}`, true},
		{"cache dir", `{"schema":1,"layers":[],"error":null}`, false},
		{"cache dir", `{"schema":1,"layers":[],"dir":"x","error":null,"more":1}`, false},
		{"cache dir", `{"schema":1,"layers":[],"dir":"x","error":null}{}`, false},
		{"upload", `{"schema":1,"layers":[{"layer":"web","target":"","place":"","error":null}],"error":null}`, false},
		{"upload", `{"schema":1,"layers":[{"layer":"web","target":"","place":"","uri":"u","sha256":"a","size":1,"sent":true,"error":null}],"error":null}`, true},
		{"wrong", `{"schema":1,"layers":[],"error":{"kind":"usage","exit_status":2,"message":"m","subject":"","details":[],"hints":[]}}`, true},
		{"wrong", `{"schema":1,"layers":[],"error":{"kind":"usage","exit_status":2,"message":"m","details":[],"hints":[]}}`, false},
	} {
		if err := checkJSON(strings.Fields(test.args), []byte(test.text)); (err == nil) != test.ok {
			t.Errorf("%s: %s: %v", test.args, test.text, err)
		}
	}
}
