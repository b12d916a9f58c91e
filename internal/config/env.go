package config

import (
	"encoding/csv"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// FromEnv reads the settings from environment variables. lookup is
// os.LookupEnv or a test's. An empty variable counts as not set. The values of
// a list are separated by commas; one that has a comma in it is put in double
// quotes. Paths are left relative, to the current folder.
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
					Kind: fault.Usage, Subject: k.Env(), Message: "invalid value of the environment variable " + k.Env(), Err: err,
					Hints: []string{k.Env() + "=true"},
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
				Kind: fault.Usage, Subject: k.Env(), Message: "invalid value of the environment variable " + k.Env(), Err: err,
				Hints: []string{k.Env() + `='one,"two, with a comma"'`},
			}
		}
		*k.List(&src.Settings) = values
	}
	return src, nil
}

// SplitList splits the value of a list as flags and environment variables
// write it: at commas, with double quotes around a value that has one.
func SplitList(s string) ([]string, error) {
	if s == "" {
		return []string{}, nil
	}
	return csv.NewReader(strings.NewReader(s)).Read()
}
