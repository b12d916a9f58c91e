package imports

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html"
	"io"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
)

//go:embed chart.html
var chart string

//go:embed chart.css
var chartStyle string

//go:embed chart.js
var chartScript string

// HTML writes the profile as one self-contained page with a flame chart.
func (p *Profile) HTML(w io.Writer) error {
	data, err := json.Marshal(p) // escapes <, so that nothing can end the script element
	if err != nil {
		return err
	}
	_, err = strings.NewReplacer("{{title}}", html.EscapeString(strings.Join(p.Modules, ", ")+" on "+p.Target),
		"{{style}}", chartStyle, "{{data}}", string(data), "{{script}}", chartScript).WriteString(w, chart)
	return err
}

// page is a file written by WriteHTML.
var page = outfile.Kind{Name: "a page of lamella imports", Example: "imports.html", Option: "--html",
	Ours: outfile.Text(func(content []byte) bool { return bytes.Contains(content, []byte(generator)) })}

// generator is the element in chart.html by which a page is recognized.
const generator = `<meta name="generator" content="lamella imports">`

// CheckHTML returns an error if WriteHTML would replace a file at path that lamella did not
// write. The error is a fault.Error of Kind Usage, or of Kind Machine if no file can be
// created there.
func CheckHTML(path string) error { return page.Check(path) }

// WriteHTML writes the same page as HTML to a file that CheckHTML accepted. The error is a
// fault.Error of Kind Machine.
func (p *Profile) WriteHTML(path string) error {
	var b bytes.Buffer
	if err := p.HTML(&b); err != nil {
		return err
	}
	if err := outfile.WriteFile(path, b.Bytes()); err != nil {
		return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err}
	}
	return nil
}
