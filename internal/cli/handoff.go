package cli

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/versions"
)

// checkHandoff rejects an unknown format before any request is sent.
func (a *app) checkHandoff(format string) error {
	if a.json {
		return usageError("format", "--json cannot be combined with --format", "print all details as JSON: lamella show --json", "or print what another tool needs: lamella show --format "+format)
	}
	_, err := deploy.Handoff(format, nil)
	return err
}

// printHandoff prints versions for another tool. It prints all of them or none, because the
// tool would take a part for the whole.
func (a *app) printHandoff(format string, shown []deploy.Outcome[*versions.Shown]) error {
	var published []deploy.Published
	for _, o := range shown {
		if o.Err == nil {
			published = append(published, deploy.Published{Layer: o.Layer, ARN: o.Value.ARN, Version: o.Value.Version, Latest: o.Value.Latest})
		}
	}
	if err := failures(a, shown); err != nil {
		return err
	}
	text, err := deploy.Handoff(format, published)
	if err != nil {
		return err
	}
	a.display.Close()
	return a.writeText(string(text))
}
