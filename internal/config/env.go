package config

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// FromEnv reads settings from environment variables. lookup is os.LookupEnv or its
// replacement in a test. An empty variable counts as unset. The values of a list are
// separated by commas; a value that contains a comma must be in double quotes. Paths remain
// relative to the current folder.
func FromEnv(lookup func(string) (string, bool)) (Source, error) {
	src := Source{Origin: Key.Env}
	for _, k := range Keys() {
		value, _ := lookup(k.Env())
		if value == "" {
			continue
		}
		if k.IsSwitch() {
			if err := k.SetSwitch(&src.Settings, value); err != nil {
				return Source{}, &fault.Error{
					Kind: fault.Usage, Subject: k.Env(), Message: "invalid " + k.Env(), Err: err,
					Hints: []string{"export " + k.Env() + "=true"},
				}
			}
			continue
		}
		if !k.IsList() {
			*k.Text(&src.Settings) = value
			continue
		}
		values, err := SplitList(value)
		if err != nil {
			return Source{}, &fault.Error{
				Kind: fault.Usage, Subject: k.Env(), Message: "invalid " + k.Env(), Err: err,
				Hints: []string{"put quotation marks only around whole values: export " + k.Env() + `='one,"two, with a comma"'`},
			}
		}
		*k.List(&src.Settings) = values
	}
	return src, nil
}

// SplitList splits the value of a list in a flag or an environment variable at commas. A
// value that contains a comma must be in double quotes.
func SplitList(s string) ([]string, error) {
	if s == "" {
		return []string{}, nil
	}
	values, err := csv.NewReader(strings.NewReader(s)).Read()
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, fmt.Errorf("unexpected or missing quotation mark at column %d", wrong.Column)
	}
	return values, err
}
