package imports

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"io"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
)

//go:embed chart.html
var chart string

//go:embed chart.css
var chartStyle string

//go:embed chart.js
var chartScript string

var page = template.Must(template.New("chart").Parse(chart))

// HTML writes the profile as one page with a flame chart, which needs nothing else.
func (p *Profile) HTML(w io.Writer) error {
	data, err := json.Marshal(p) // escapes <, so that nothing ends the script element
	if err != nil {
		return err
	}
	return page.Execute(w, map[string]any{
		"Modules": p.Modules, "Target": p.Target,
		"Data": template.JS(data), "Style": template.CSS(chartStyle), "Script": template.JS(chartScript), //nolint:gosec // our own, and escaped JSON
	})
}

// WriteHTML writes the page of HTML to a file. The error is a fault.Error of kind
// Machine.
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
