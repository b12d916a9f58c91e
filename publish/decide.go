package publish

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/store"
)

// Decide compares w with what the destination holds and says what is to be
// done, without doing it. It asks the cheapest question first: with the manifest
// and the options as published it takes three requests and neither resolves nor
// builds. When a version is to be published, the zip is built, so that the plan
// says what goes in and so that limits are noticed before anything is sent.
func Decide(ctx context.Context, d Destination, w Want) (*Plan, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	versions, err := d.Layers.Versions(ctx, w.Layer)
	if err != nil {
		return nil, err
	}
	w.Resolve, w.Build = once(w.Resolve), once(w.Build)
	var latest *store.LayerVersion
	if len(versions) > 0 {
		latest = &versions[0]
	}
	p, err := d.decide(ctx, w, latest)
	if err == nil && p.Outcome.Publishes() {
		if latest, err = d.newer(ctx, w.Layer, versions); latest != nil { // the listing lags
			p, err = d.decide(ctx, w, latest)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := w.Expect.check(ctx, d, p); err != nil {
		return nil, err
	}
	if err := d.lookHold(ctx, p); err != nil {
		return nil, err
	}
	return p, d.lookParameter(ctx, p)
}

// decide compares w with one version, nil if there is none.
func (d Destination) decide(ctx context.Context, w Want, latest *store.LayerVersion) (_ *Plan, err error) {
	c := comparison{d: d, w: w, plan: &Plan{destination: &d, want: w, Latest: latest}}
	if latest == nil {
		return c.publish(ctx, First, fmt.Sprintf("layer %s has no version yet", w.Layer))
	}
	if c.stored, err = d.load(ctx, latest.Version, w.Manifest.Name); err != nil {
		return nil, err
	}
	if err := d.checkOwner(c.stored.record, w.Layer, latest.ARN); err != nil {
		return nil, err
	}
	c.plan.Record = c.stored.record
	switch {
	case w.Force:
		return c.publish(ctx, Forced, "a new version is asked for, changed or not")
	case w.Detect == DetectManifest:
		return c.byManifest(ctx)
	case w.Detect == detectBytes:
		return c.byBytes(ctx)
	}
	return c.byContent(ctx)
}

// comparison is a decision on the way.
type comparison struct {
	d      Destination
	w      Want
	stored state // of the latest version
	plan   *Plan

	resolved bool // Want.Resolve was called
}

// byManifest compares texts only.
func (c *comparison) byManifest(ctx context.Context) (*Plan, error) {
	name, version := c.w.Manifest.Name, c.plan.Latest.Version
	switch {
	case c.lacksManifest(): // by an interrupted run: its content tells
		return c.byContent(ctx)
	case c.stored.manifest == nil:
		return c.publish(ctx, Changed, fmt.Sprintf("no %s is stored with version %d", name, version))
	case !sameText(c.stored.manifest, c.w.Manifest.Data):
		return c.publish(ctx, Changed, fmt.Sprintf("%s differs from the one of version %d", name, version))
	}
	return c.unchanged("")
}

// byBytes compares the zips only: the content is known, and has to be this very one.
func (c *comparison) byBytes(ctx context.Context) (*Plan, error) {
	version := c.plan.Latest.Version
	latest, err := c.d.Layers.Version(ctx, c.w.Layer, version)
	if err != nil {
		return nil, err
	}
	equal, err := c.d.sameContent(ctx, c.w.known, latest)
	switch {
	case err != nil:
		return nil, err
	case !equal:
		return c.publish(ctx, RolledBack, fmt.Sprintf("the content of version %d is published again", c.w.again))
	case c.stored.record == nil && c.lacksManifest():
		if err := c.resolve(ctx); err != nil {
			return nil, err
		}
		c.plan.Artifact = c.w.known
		c.heal(latest, c.own(c.plan.resolved.Inputs))
		return c.keep(Healed, fmt.Sprintf("version %d has the content of version %d already; its record was missing", version, c.w.again))
	}
	return c.keep(Unchanged, fmt.Sprintf("version %d has the content of version %d already", version, c.w.again))
}

// byContent compares the manifest and the options, then what they resolve to,
// then the content, and stops at the first that answers the question.
func (c *comparison) byContent(ctx context.Context) (*Plan, error) {
	record, own, version := c.stored.record, c.own(""), c.plan.Latest.Version
	same := c.stored.manifest != nil && sameText(c.stored.manifest, c.w.Manifest.Data)
	known := record != nil && record.find(func(a Alias) bool { return a.Manifest == own.Manifest && a.Identity == own.Identity })
	switch {
	case record != nil && record.Identity == own.Identity && same:
		return c.unchanged("")
	case known && c.lacksManifest() && record.Manifest.SHA256 == own.Manifest:
		c.plan.Writes = []Write{writeManifest(version, c.w.Manifest)}
		return c.keep(Healed, fmt.Sprintf("nothing changed since version %d, but its %s was not stored", version, c.w.Manifest.Name))
	case known && same:
		return c.unchanged(", and these options make the same layer")
	case known:
		return c.lockChanged()
	case same && record == nil:
		return c.unchanged(", which was published by another tool")
	}

	if err := c.resolve(ctx); err != nil {
		return nil, err
	}
	own = c.own(c.plan.resolved.Inputs)
	if record != nil && own.Inputs != "" && record.find(func(a Alias) bool { return a.Inputs == own.Inputs && a.Identity == own.Identity }) {
		c.plan.Writes = []Write{c.rewriteRecord(record.with(own))}
		return c.lockChanged()
	}

	if err := c.build(ctx); err != nil {
		return nil, err
	}
	latest, err := c.d.Layers.Version(ctx, c.w.Layer, version)
	if err != nil {
		return nil, err
	}
	equal, err := c.d.sameContent(ctx, c.plan.Artifact, latest)
	if err != nil {
		return nil, err
	}
	if equal {
		c.heal(latest, own)
		return c.keep(Healed, fmt.Sprintf("the content is that of version %d; %s", version, c.difference()))
	}
	return c.publish(ctx, Changed, c.difference()+"; the content differs")
}

// publish concludes that a version is needed, and prepares it.
func (c *comparison) publish(ctx context.Context, outcome Outcome, reason string) (*Plan, error) {
	if err := c.checkNext(ctx); err != nil {
		return nil, err
	}
	if err := c.checkReference(ctx); err != nil {
		return nil, err
	}
	if err := c.resolve(ctx); err != nil {
		return nil, err
	}
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	c.plan.Outcome, c.plan.Reason, c.plan.Share = outcome, reason, c.w.Share
	c.noteTarget()
	if c.plan.Latest != nil && !c.plan.Record.lists() {
		c.note("version %d has no record of its distributions, so what changed cannot be listed", c.plan.Latest.Version)
	}
	return c.plan, nil
}

// checkNext looks where the next version's state will be. It tells an absent
// bucket and the state of another layer before anything is built for nothing.
func (c *comparison) checkNext(ctx context.Context) error {
	next, arn := int64(1), ""
	if c.plan.Latest != nil {
		next, arn = c.plan.Latest.Version+1, c.plan.Latest.ARN
	}
	record, _, err := c.d.record(ctx, next)
	if err != nil || record == nil {
		return err
	}
	if err := c.d.checkOwner(record, c.w.Layer, arn); err != nil {
		return err
	}
	if arn == "" {
		if err := c.d.checkUnseen(ctx, c.w.Layer, c.d.Objects.Location(recordKey(next)).URI, unversioned(record.ARN)); err != nil {
			return err
		}
	}
	c.note("%s is there already, though version %d is not: it will be replaced", c.d.Objects.Location(recordKey(next)).URI, next)
	return nil
}

func (c *comparison) unchanged(which string) (*Plan, error) {
	text := ""
	if !bytes.Equal(c.stored.manifest, c.w.Manifest.Data) && sameText(c.stored.manifest, c.w.Manifest.Data) {
		text = " but for its line ends"
	}
	return c.keep(Unchanged, fmt.Sprintf("%s is that of version %d%s%s", c.w.Manifest.Name, c.plan.Latest.Version, which, text))
}

func (c *comparison) lockChanged() (*Plan, error) {
	return c.keep(LockChanged, fmt.Sprintf("the lock changed, the layer did not: %s comes down to what version %d was made of", c.w.Manifest.Name, c.plan.Latest.Version))
}

// keep concludes that the latest version stays.
func (c *comparison) keep(outcome Outcome, reason string) (*Plan, error) {
	c.plan.Outcome, c.plan.Reason = outcome, reason
	for _, declared := range []struct {
		what       string
		have, want []string
	}{
		{"runtimes", c.plan.Latest.Runtimes, c.w.Runtimes},
		{"architectures", c.plan.Latest.Architectures, c.w.Architectures},
	} {
		missing := slices.DeleteFunc(slices.Clone(declared.want), func(s string) bool { return slices.Contains(declared.have, s) })
		if len(declared.have) > 0 && len(missing) > 0 {
			c.note("version %d declares the compatible %s %s, not %s; only a new version can: --force", c.plan.Latest.Version,
				declared.what, strings.Join(declared.have, ", "), strings.Join(missing, ", "))
		}
	}
	return c.plan, c.keepShared()
}

// heal prepares the writes after which the next run finds version v unchanged
// by the manifest alone. A manifest that is stored stays as it was published.
func (c *comparison) heal(v store.LayerVersion, own Alias) {
	record := c.stored.record
	switch {
	case c.lacksManifest():
		fresh := c.plan.draft(c.d.Tool).of(v)
		if record != nil {
			for _, a := range append([]Alias{record.itself()}, record.Also...) {
				fresh = fresh.with(a)
			}
		}
		c.plan.Writes = []Write{c.rewriteRecord(fresh), writeManifest(v.Version, c.w.Manifest)}
		return
	case record == nil:
		// Another tool stored this manifest. With which options it makes this
		// content is not known; with which ours does, the alias says.
		record = c.plan.draft(c.d.Tool).of(v)
		record.Manifest = Manifest{c.w.Manifest.Name, c.stored.manifest}.recorded()
		record.Identity, record.Inputs = "", ""
	}
	c.plan.Writes = []Write{c.rewriteRecord(record.with(own))}
}

// rewriteRecord writes r over the record as it was read.
func (c *comparison) rewriteRecord(r *Record) Write {
	w := writeRecord(r)
	w.IfMatch = c.stored.recordTag
	return w
}

// lacksManifest reports whether the manifest by this name should be there and is not.
func (c *comparison) lacksManifest() bool {
	return c.stored.manifest == nil && (c.stored.record == nil || c.stored.record.Manifest.Name == c.w.Manifest.Name)
}

func (c *comparison) own(inputs digest.Digest) Alias {
	return Alias{c.w.Manifest.SHA256(), c.w.Identity.Digest(), inputs}
}

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
		c.compare(artifact.Packages) // with the sizes that a resolution does not know
	}
	return nil
}

func (c *comparison) compare(packages []Package) {
	switch {
	case c.plan.Latest == nil:
		c.plan.Changes = Compare(nil, packages)
	case c.plan.Record.lists():
		c.plan.Changes = Compare(c.plan.Record.Packages, packages)
	}
}

// difference says in words what led beyond the manifest.
func (c *comparison) difference() string {
	record, version := c.stored.record, c.plan.Latest.Version
	name := c.w.Manifest.Name
	switch {
	case record == nil && c.stored.manifest == nil:
		return fmt.Sprintf("neither a manifest nor a record of version %d was stored", version)
	case record == nil:
		return fmt.Sprintf("%s differs from the one of version %d", name, version)
	case record.Target != c.w.Identity.Target:
		return fmt.Sprintf("the target is %s, version %d has %s", c.w.Identity.Target, version, record.Target)
	case record.Identity != c.w.Identity.Digest():
		return fmt.Sprintf("the options differ from those of version %d: %s", version, CompareOptions(record.Options, c.w.Identity.options()))
	case len(c.plan.Changes) > 0:
		return fmt.Sprintf("%s differs in %d of the distributions of version %d", name, len(c.plan.Changes), version)
	}
	return fmt.Sprintf("%s differs from the one of version %d", name, version)
}

func (c *comparison) note(format string, args ...any) { c.plan.note(format, args...) }

func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// sameText compares like a program that reads text files: a line may end in LF,
// CR LF or CR.
func sameText(a, b []byte) bool {
	return bytes.Equal(a, b) || bytes.Equal(unixLines(a), unixLines(b))
}

func unixLines(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}
