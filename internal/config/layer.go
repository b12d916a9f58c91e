package config

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/index/codeartifact"
	"github.com/lamella-build/lamella/spec"
)

// Layer returns the layer that v describes, for the project in the folder project. Each
// setting sets the field with the same tag. Layer returns a fault.Error of Kind Usage for an
// invalid duration or a placeholder without a value.
func (v Variant) Layer(project string, env spec.Env) (spec.Layer, error) {
	s := &v.Settings
	l := spec.Layer{Project: project}
	assign(reflect.ValueOf(&l).Elem(), reflect.ValueOf(s).Elem())
	for _, t := range s.Index {
		i := index.Index{Name: t.Name, URL: t.URL}
		if t.Auth == CodeArtifact {
			i.CodeArtifact = &codeartifact.Repository{Domain: t.Domain, Owner: t.Owner, Name: t.Repository, Region: t.Region}
		}
		l.Indexes = append(l.Indexes, i)
	}
	if s.BuildTimeout != "" {
		timeout, err := time.ParseDuration(s.BuildTimeout)
		if err != nil || timeout <= 0 {
			return l, &fault.Error{Kind: fault.Usage, Subject: v.Origins["build-timeout"], Message: fmt.Sprintf("%s: %q is not a duration", v.Origins["build-timeout"], s.BuildTimeout),
				Hints: []string{forExample + "--build-timeout 30m"}}
		}
		l.BuildTimeout = timeout
	}
	var err error
	if l.Output, err = l.Fill(v.Origins["output"], s.Output, env, nil); err != nil {
		return l, err
	}
	l.Outputs = nil
	for _, path := range s.Outputs {
		path, err := l.Fill(v.Origins["outputs"], path, env, nil)
		if err != nil {
			return l, err
		}
		l.Outputs = append(l.Outputs, path)
	}
	return l, nil
}

// assign sets the fields of layer, and of the structs embedded in it, to the settings with
// the same tag and a suitable type.
func assign(layer, settings reflect.Value) {
	for i := range layer.NumField() {
		field, about := layer.Field(i), layer.Type().Field(i)
		if about.Anonymous {
			assign(field, settings)
			continue
		}
		name, _, _ := strings.Cut(about.Tag.Get("json"), ",")
		for j := range settings.NumField() {
			if settings.Type().Field(j).Tag.Get("toml") == name {
				set(field, settings.Field(j))
			}
		}
	}
}

func set(field, setting reflect.Value) {
	switch value := setting.Interface().(type) {
	case OneOrMore:
		field.SetString(value.First())
	case AllOrSome:
		if len(value) > 0 && value[0] != "false" {
			field.Set(reflect.ValueOf([]string(value)))
		}
	case *bool:
		field.SetBool(value != nil && *value)
	case string:
		if field.Kind() == reflect.String {
			field.SetString(value)
		}
	case []string:
		field.Set(setting)
	}
}
