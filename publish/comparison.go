package publish

import (
	"cmp"
	"context"
	"fmt"

	"github.com/lamella-build/lamella/internal/digest"
)

// comparison compares a Want with the latest version, on behalf of Decide.
type comparison struct {
	d      Destination
	w      Want
	stored state // state of the latest version
	plan   *Plan

	resolved bool // Want.Resolve has been called
}

// rewriteRecord returns the write that replaces the stored record with r.
func (c *comparison) rewriteRecord(r *Record) Write {
	w := writeRecord(r)
	w.IfMatch = c.stored.recordTag
	return w
}

// lacksManifest reports whether the latest version should have a stored lock file but does
// not, as after an interrupted run.
func (c *comparison) lacksManifest() bool {
	return c.stored.manifest == nil && (c.stored.record == nil || c.stored.record.Manifest.Name == c.w.Manifest.Name)
}

// own returns the alias for the wanted lock file and options.
func (c *comparison) own(inputs digest.Digest) Alias {
	return Alias{c.w.Manifest.SHA256(), c.w.Identity.Digest(), inputs}
}

// resolve calls Want.Resolve, at most once.
func (c *comparison) resolve(ctx context.Context) error {
	if c.w.Resolve == nil || c.resolved {
		return nil
	}
	resolved, err := c.w.Resolve(ctx)
	if err != nil {
		return err
	}
	c.plan.resolved, c.resolved = resolved, true
	c.compare(resolved.Packages)
	return nil
}

// build calls Want.Build, at most once, and rejects an empty zip.
func (c *comparison) build(ctx context.Context) error {
	if c.plan.Artifact != nil {
		return nil
	}
	artifact, err := c.w.Build(ctx)
	if err == nil {
		err = artifact.check()
	}
	if err != nil {
		return err
	}
	c.plan.Artifact = &artifact
	if artifact.Packages != nil {
		c.compare(artifact.Packages) // unlike the resolved packages, these have sizes
	}
	return nil
}

// compare sets the plan's changes since the latest version, if its distributions are
// recorded.
func (c *comparison) compare(packages []Package) {
	switch {
	case c.plan.Latest == nil:
		c.plan.Changes = Compare(nil, packages)
	case c.plan.Record.lists():
		c.plan.Changes = Compare(c.plan.Record.Packages, packages)
	}
}

// difference describes what changed since the latest version, as the reason for a new one.
func (c *comparison) difference() string {
	record, version := c.stored.record, c.plan.Latest.Version
	name := c.w.Manifest.Name
	switch {
	case record == nil && c.stored.manifest == nil:
		return fmt.Sprintf("version %d has neither a lock file nor a record", version)
	case record == nil:
		return fmt.Sprintf("%s changed since version %d", name, version)
	case record.Target != c.w.Identity.Target:
		return fmt.Sprintf("the target changed from %s to %s", record.Target, c.w.Identity.Target)
	case c.w.Manifest.IsContents() && c.stored.manifest != nil && len(c.plan.Changes) == 0:
		return contentsReason(c.stored.manifest, c.w.Manifest.Data)
	case record.Manifest.Name != name && (c.w.Manifest.IsContents() || record.Manifest.Name == ContentsName) && len(c.plan.Changes) == 0:
		return fmt.Sprintf("version %d was built from %s", version, record.Manifest.Name)
	case record.Identity != c.w.Identity.Digest() && record.Manifest.Name == name:
		return cmp.Or(optionsReason(record.Options, c.w.Identity.options()), "the options changed")
	case len(c.plan.Changes) > 0:
		return summary(c.plan.Changes)
	}
	return fmt.Sprintf("%s changed since version %d", name, version)
}

// note appends a sentence to the plan's Notes.
func (c *comparison) note(format string, args ...any) { c.plan.note(format, args...) }
