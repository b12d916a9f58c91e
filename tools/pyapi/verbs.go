package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamella-build/lamella/internal/cli"
	"github.com/lamella-build/lamella/internal/output"
)

// unsuited are flags of commands that have no use with a JSON result.
var unsuited = map[string][]string{"init": {"print", "schema"}, "resolve": {"format", "output"}}

// common are flags that every function has under its own name, or that it sets itself.
var common = []string{"json", "quiet", "verbose", "progress", "mfa-code", "offline", "help"}

// argument is a positional argument of a command: its name in Python and its type.
type argument struct{ name, typ string }

var arguments = map[string]argument{
	"PROJECT":     {"project", "StrPath"},
	"PLAN":        {"plan", "StrPath"},
	"DIR":         {"directory", "StrPath"},
	"DIST":        {"distribution", "str"},
	"VERSION":     {"version", "Version"},
	"OLD":         {"old", "Version"},
	"NEW":         {"new", "Version"},
	"ZIP|VERSION": {"zip_or_version", "Union[int, StrPath]"},
	"FUNCTION":    {"functions", "Strings"},
	"MODULE":      {"modules", "Strings"},
	"COMMAND":     {"commands", "Strings"},
}

var word = regexp.MustCompile(`(\[?)([A-Z|]+)(\.\.\.)?`)

// verbsFile returns _verbs.py: a function for each command that has a JSON result.
func verbsFile(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(header + `from typing import Optional, Union

from ._run import Environment, Progress, StrPath, Strings, Version, call
from . import _types
`)
	var names []string
	lists := map[string]bool{}
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		path := strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "lamella "), " ", "-")
		if slices.Contains(output.Names(), path) {
			names = append(names, identifier(path))
			function(&b, cmd, path, lists)
		}
		for _, c := range cmd.Commands() {
			add(c)
		}
	}
	add(root)
	fmt.Fprintf(&b, "\n\n_LISTS = frozenset(%s)\n", quotedList(slices.Sorted(maps.Keys(lists))))
	fmt.Fprintf(&b, "\n__all__ = [\n")
	for _, name := range names {
		fmt.Fprintf(&b, "    %q,\n", name)
	}
	b.WriteString("]\n")
	return b.String()
}

// function writes the function that runs a command, and notes the flags that may be
// repeated.
func function(b *strings.Builder, cmd *cobra.Command, path string, lists map[string]bool) {
	result := camel(path) + "Result"
	var positional []string
	fmt.Fprintf(b, "\n\ndef %s(\n", identifier(path))
	for _, match := range word.FindAllStringSubmatch(strings.TrimPrefix(cmd.Use, cmd.Name()), -1) {
		a, ok := arguments[match[2]]
		if !ok {
			panic("no Python name for the argument " + match[2] + " of " + path)
		}
		positional = append(positional, a.name)
		switch {
		case match[3] != "":
			fmt.Fprintf(b, "    %s: %s = (),\n", a.name, a.typ)
		case match[1] != "" || strings.Contains(cmd.Use, "["+match[2]+"]"):
			fmt.Fprintf(b, "    %s: Optional[%s] = None,\n", a.name, a.typ)
		default:
			fmt.Fprintf(b, "    %s: %s,\n", a.name, a.typ)
		}
	}
	b.WriteString("    *,\n")
	var described []string
	flags(cmd, path, func(f *pflag.Flag) {
		fmt.Fprintf(b, "    %s: Optional[%s] = None,\n", identifier(f.Name), flagType(f))
		if f.Value.Type() == "stringSlice" {
			lists[identifier(f.Name)] = true
		}
		described = append(described, identifier(f.Name)+": "+f.Usage)
	})
	b.WriteString(`    cwd: Optional[StrPath] = None,
    env: Optional[Environment] = None,
    progress: Optional[Progress] = None,
    offline: Optional[bool] = None,
    mfa_code: Optional[str] = None,
`)
	fmt.Fprintf(b, ") -> _types.%s:\n", result)
	about := cmd.Short + "."
	if cmd.Long != "" {
		about = cmd.Long
	}
	if len(described) > 0 {
		about += "\n\nArguments:\n  " + strings.Join(described, "\n  ")
	}
	about = strings.ReplaceAll(strings.TrimSpace(about), "\n", "\n    ")
	fmt.Fprintf(b, "    %s\n", docstring(regexp.MustCompile(`(?m)^ +$`).ReplaceAllString(about+"\n    ", "")))
	fmt.Fprintf(b, "    return call(_types.%s, %q, %s, _LISTS, locals())\n", result, strings.ReplaceAll(path, "-", " "), quotedList(positional))
}

func quotedList(words []string) string {
	var quoted []string
	for _, w := range words {
		quoted = append(quoted, fmt.Sprintf("%q", w))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// flags calls visit for the flags of a command that help shows.
func flags(cmd *cobra.Command, path string, visit func(*pflag.Flag)) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && !slices.Contains(common, f.Name) && !slices.Contains(unsuited[path], f.Name) {
			visit(f)
		}
	})
}

// flagType returns the annotation of a flag's value.
func flagType(f *pflag.Flag) string {
	typ := map[string]string{"bool": "bool", "boolfunc": "bool", "int": "int", "int64": "int", "duration": "str", "stringSlice": "Strings", "string": "str"}[f.Value.Type()]
	switch {
	case typ == "":
		panic("no Python type for the flag " + f.Name)
	case typ == "str" && regexp.MustCompile(`FILE|DIR`).MatchString(cli.ValueName(f)):
		typ = "StrPath"
	case typ == "str" && regexp.MustCompile(`[vV]ersion`).MatchString(f.Name) && cli.ValueName(f) == "N":
		typ = "Version"
	}
	if f.NoOptDefVal != "" && typ != "bool" {
		typ = "Union[bool, " + typ + "]"
	}
	return typ
}
