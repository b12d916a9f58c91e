package lock

import (
	"fmt"
	"reflect"

	"github.com/lamella-build/lamella/internal/number"
)

// maxNames limits how many extras, groups, markers, requirements, and other texts in lists a
// lock file has. Each takes up to 1 kB where it is used. The largest lock files have about
// 20,000.
const maxNames = 50_000

// maxPackages limits the packages in a lock file. Each takes up to 8 kB if it cannot be
// installed, and the output names it. Large lock files have a few thousand.
const maxPackages = 15_000

// maxSources limits the package indexes of a Pipfile.lock.
const maxSources = 1_000

// maxInline limits the inline tables in a TOML lock file, apart from files. Each takes up to
// 1 kB. The largest lock files have about 25,000.
const maxInline = 50_000

// errInline is the error for more than maxInline.
var errInline = fmt.Errorf("the file has more than %s inline tables, which is lamella's limit", number.Group(maxInline))

// maxEdges limits how many packages satisfy all requirements in a lock file together. If
// several packages have the same name, this grows with the product of both numbers. Each
// takes up to 1 kB. The largest lock files have about 20,000.
const maxEdges = 80_000

// errEdges is the error for more than maxEdges.
var errEdges = fmt.Errorf("the requirements lead to more than %s packages, which is lamella's limit", number.Group(maxEdges))

// checkNames returns an error if raw, a decoded lock file, has more texts in lists than
// maxNames.
func (d *document) checkNames(raw any) error {
	if countNames(reflect.ValueOf(raw)) > maxNames {
		return d.refuse(fmt.Sprintf("lists more than %s extras, groups, markers, and requirements, which is lamella's limit", number.Group(maxNames)), d.repair()...)
	}
	return nil
}

// countNames counts the texts in the lists in v, except for the files of packages and their
// hashes.
func countNames(v reflect.Value) int {
	n := 0
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n = countNames(v.Elem())
		}
	case reflect.Slice:
		element := v.Type().Elem()
		switch element {
		case reflect.TypeFor[rawFile]():
			return 0
		case reflect.TypeFor[string](), reflect.TypeFor[any]():
			n = v.Len()
		}
		if element.Kind() == reflect.String { // there is nothing in them
			return n
		}
		for i := range v.Len() {
			n += countNames(v.Index(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			n += countNames(entries.Value())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Hashes" {
				n += countNames(v.Field(i))
			}
		}
	default: // texts, numbers, and times outside lists
	}
	return n
}
