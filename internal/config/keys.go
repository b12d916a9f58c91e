package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Group is the topic of a key. Commands accept flags by group, and help texts use the
// groups as headings.
type Group string

const (
	Content     Group = "What goes into the layer"
	Destination Group = "Where the layer goes"
	Version     Group = "How a version is published"
)

// Key is one setting. Its Name is the name of the flag ("--index-url"), the key in the
// configuration file ("index-url"), and, with different spelling, the environment variable
// ("LAMELLA_INDEX_URL").
type Key struct {
	Name      string
	Shorthand string // one-letter flag; "" if there is none
	Group     Group
	Value     string   // name of the value in help texts, such as "DIR" or "NAME"; "" for a switch
	Bare      string   // value of the flag if it is given without one; "" if the flag requires a value
	Path      bool     // whether values are paths, or URLs, which are left unchanged
	Doc       string   // one line, without a full stop
	Example   string   // as TOML
	Values    []string // valid values; nil if any value is valid
	Default   string   // "" if the zero value is the default
	Pattern   string   // regular expression for valid values; "" if any value is valid
	// Placeholders says that placeholders in the value are replaced; see
	// [spec.Placeholders].
	Placeholders bool
}

// field returns the field of s whose tag is the name of the key.
func (k Key) field(s *Settings) reflect.Value {
	i, ok := fields()[k.Name]
	if !ok {
		panic("no field of Settings has the tag " + k.Name) // a test tries all keys
	}
	return reflect.ValueOf(s).Elem().Field(i)
}

// fields maps the tags of the fields of Settings to their indexes. It is computed only once,
// because every command looks up all keys of all commands when it starts.
var fields = sync.OnceValue(func() map[string]int {
	t := reflect.TypeFor[Settings]()
	byTag := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		byTag[t.Field(i).Tag.Get("toml")] = i
	}
	return byTag
})

var empty Settings

// IsList reports whether the key accepts several values.
func (k Key) IsList() bool { return k.field(&empty).Kind() == reflect.Slice }

// IsOneOrMore reports whether the key accepts either one value, or several values to get a
// layer for each.
func (k Key) IsOneOrMore() bool { return k.field(&empty).Type() == reflect.TypeFor[OneOrMore]() }

// IsAllOrSome reports whether the key is a switch that can also be a list.
func (k Key) IsAllOrSome() bool { return k.field(&empty).Type() == reflect.TypeFor[AllOrSome]() }

// IsSwitch reports whether the key is a switch.
func (k Key) IsSwitch() bool { return k.field(&empty).Kind() == reflect.Pointer }

// Text returns a pointer to the value of a single-valued key in s.
func (k Key) Text(s *Settings) *string { return k.field(s).Addr().Interface().(*string) }

// List returns a pointer to the values of a list key in s.
func (k Key) List(s *Settings) *[]string {
	switch list := k.field(s).Addr().Interface().(type) {
	case *OneOrMore:
		return (*[]string)(list)
	case *AllOrSome:
		return (*[]string)(list)
	default:
		return list.(*[]string)
	}
}

// SetSwitch sets a switch to word: true, false, or any other value that strconv.ParseBool
// accepts.
func (k Key) SetSwitch(s *Settings, word string) error {
	on, err := strconv.ParseBool(word)
	if err != nil {
		return fmt.Errorf("%q is neither true nor false", word)
	}
	k.field(s).Set(reflect.ValueOf(&on))
	return nil
}

// Usage returns the description of the key's flag in help texts: Doc, in terms of flags.
func (k Key) Usage() string {
	usage, each := strings.CutSuffix(k.Doc, "; "+forEach)
	switch {
	case each:
		usage += "; may be repeated, one layer per value"
	case k.IsList():
		usage += "; may be repeated"
	}
	return usage
}

// Flag returns the command-line flag of the key.
func (k Key) Flag() string { return "--" + k.Name }

// Env returns the environment variable of the key.
func (k Key) Env() string {
	return "LAMELLA_" + strings.ToUpper(strings.ReplaceAll(k.Name, "-", "_"))
}

// isSet reports whether s sets the key. An explicit empty list counts: it overrides the
// value in a source with lower precedence.
func (k Key) isSet(s *Settings) bool { return !k.field(s).IsZero() }

// copy sets the key in dst to its value in src.
func (k Key) copy(dst, src *Settings) { k.field(dst).Set(k.field(src)) }

// Lookup returns the key called name. ok is false if there is none.
func Lookup(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// names returns the names of all keys.
func names() []string {
	var ns []string
	for _, k := range Keys() {
		ns = append(ns, k.Name)
	}
	return ns
}
