package publish

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/store"
)

// Decide compares w with what the destination holds and returns a plan, without changing
// anything. It begins with the cheapest comparison: if the lock file and the options match
// the published ones, it sends three requests and neither resolves nor builds. If a version
// is to be published, Decide builds the zip, so that the plan can list its contents and
// exceeding a limit is reported before the upload.
func Decide(ctx context.Context, d Destination, w Want) (_ *Plan, err error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	w.prepare(d)
	defer func() {
		if err != nil {
			w.incoming.discard(ctx)
		}
	}()
	versions, err := d.Layers.Versions(ctx, w.Layer)
	if err != nil {
		return nil, err
	}
	var latest *store.LayerVersion
	if len(versions) > 0 {
		latest = &versions[0]
	}
	p, err := d.decide(ctx, w, latest)
	if err == nil && p.Outcome.Publishes() {
		if latest, err = d.newer(ctx, w.Layer, versions); latest != nil { // the listing was out of date
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

// decide compares w with one version, or with nothing if latest is nil.
func (d Destination) decide(ctx context.Context, w Want, latest *store.LayerVersion) (_ *Plan, err error) {
	c := comparison{d: d, w: w, plan: &Plan{destination: &d, want: w, Latest: latest}}
	if latest == nil {
		return c.planVersion(ctx, First, fmt.Sprintf("layer %s has no versions yet", w.Layer))
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
		return c.planVersion(ctx, Forced, "forced")
	case w.Detect == DetectManifest:
		return c.byManifest(ctx)
	case w.Detect == detectBytes:
		return c.byBytes(ctx)
	}
	return c.byContent(ctx)
}

// byManifest compares only the texts of the lock files.
func (c *comparison) byManifest(ctx context.Context) (*Plan, error) {
	name, version := c.w.Manifest.Name, c.plan.Latest.Version
	switch {
	case c.lacksManifest(): // an interrupted run: compare the contents
		return c.byContent(ctx)
	case c.stored.manifest == nil:
		return c.planVersion(ctx, Changed, fmt.Sprintf("version %d has no %s", version, name))
	case !sameText(c.stored.manifest, c.w.Manifest.Data):
		return c.planVersion(ctx, Changed, fmt.Sprintf("%s changed since version %d", name, version))
	}
	return c.unchanged("")
}

// byBytes compares only the zips.
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
		return c.planVersion(ctx, RolledBack, fmt.Sprintf("rolled back to the content of version %d", c.w.copyOf))
	case c.stored.record == nil && c.lacksManifest():
		if err := c.resolve(ctx); err != nil {
			return nil, err
		}
		c.plan.Artifact = c.w.known
		c.planRepair(latest, c.own(c.plan.resolved.Inputs))
		return c.keep(Repaired, fmt.Sprintf("version %d already has the content of version %d, but had no record", version, c.w.copyOf))
	}
	return c.keep(Unchanged, fmt.Sprintf("version %d already has the content of version %d", version, c.w.copyOf))
}

// byContent compares the lock file and the options, then what they resolve to, and then the
// zip. It stops at the first match.
func (c *comparison) byContent(ctx context.Context) (*Plan, error) {
	record, own, version := c.stored.record, c.own(""), c.plan.Latest.Version
	same := c.stored.manifest != nil && sameText(c.stored.manifest, c.w.Manifest.Data)
	known := record != nil && record.hasAlias(func(a Alias) bool { return a.Manifest == own.Manifest && a.Identity == own.Identity })
	switch {
	case record != nil && record.Identity == own.Identity && same:
		return c.unchanged("")
	case known && c.lacksManifest() && record.Manifest.SHA256 == own.Manifest:
		c.plan.Writes = []Write{writeManifest(version, c.w.Manifest)}
		return c.keep(Repaired, fmt.Sprintf("nothing changed since version %d, but its %s was missing", version, c.w.Manifest.Name))
	case known && same:
		return c.unchanged(" (the changed options give the same layer)")
	case known:
		return c.lockChanged()
	case same && record == nil:
		return c.unchanged(" (another tool published it)")
	}

	if err := c.resolve(ctx); err != nil {
		return nil, err
	}
	own = c.own(c.plan.resolved.Inputs)
	if record != nil && own.Inputs != "" && record.hasAlias(func(a Alias) bool { return a.Inputs == own.Inputs && a.Identity == own.Identity }) {
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
	if err == nil && !equal {
		equal, err = c.sameFiles(ctx, latest)
	}
	if err != nil {
		return nil, err
	}
	if equal {
		c.planRepair(latest, own)
		return c.keep(Repaired, fmt.Sprintf("version %d already has this content (%s)", version, c.difference()))
	}
	return c.planVersion(ctx, Changed, c.difference())
}

// planVersion concludes that a new version is needed, and prepares it.
func (c *comparison) planVersion(ctx context.Context, outcome Outcome, reason string) (*Plan, error) {
	if err := c.checkNext(ctx); err != nil {
		return nil, err
	}
	if err := c.checkReference(ctx); err != nil {
		return nil, err
	}
	if err := c.resolve(ctx); err != nil {
		return nil, err
	}
	c.w.incoming.permit(outcome == First)
	if err := c.build(ctx); err != nil {
		return nil, err
	}
	c.plan.Outcome, c.plan.Reason, c.plan.Share = outcome, reason, c.w.Share
	c.warnOfTarget()
	if c.plan.Latest != nil && !c.plan.Record.lists() {
		c.note("the changes cannot be listed because the distributions of version %d are not recorded", c.plan.Latest.Version)
	}
	return c.plan, nil
}

// checkNext reads the record of the next version, which should not exist. This detects a
// missing bucket, or the state of another layer, before anything is built.
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
		if err := c.d.checkUnpublished(ctx, c.w.Layer, c.d.Objects.Location(recordKey(next)).URI, unversioned(record.ARN)); err != nil {
			return err
		}
	}
	c.note("%s exists, although version %d does not; the file will be replaced", c.d.Objects.Location(recordKey(next)).URI, next)
	return nil
}

// unchanged concludes that the lock file matches the published one.
func (c *comparison) unchanged(remark string) (*Plan, error) {
	text := ""
	if !bytes.Equal(c.stored.manifest, c.w.Manifest.Data) && sameText(c.stored.manifest, c.w.Manifest.Data) {
		text = " except for its line endings"
	}
	return c.keep(Unchanged, fmt.Sprintf("%s has not changed since version %d%s%s", c.w.Manifest.Name, c.plan.Latest.Version, text, remark))
}

// lockChanged concludes that a changed lock file resolves to the published content.
func (c *comparison) lockChanged() (*Plan, error) {
	return c.keep(LockChanged, fmt.Sprintf("the lock file changed, but the layer did not: %s still resolves to the content of version %d", c.w.Manifest.Name, c.plan.Latest.Version))
}

// keep concludes that no new version is needed.
func (c *comparison) keep(outcome Outcome, reason string) (*Plan, error) {
	c.plan.Outcome, c.plan.Reason = outcome, reason
	for _, declared := range []struct{ have, want []string }{
		{c.plan.Latest.Runtimes, c.w.Runtimes},
		{c.plan.Latest.Architectures, c.w.Architectures},
	} {
		missing := slices.DeleteFunc(slices.Clone(declared.want), func(s string) bool { return slices.Contains(declared.have, s) })
		if len(declared.have) > 0 && len(missing) > 0 {
			c.note("version %d is declared compatible with %s, but not with %s; to publish a version that is declared compatible with %[3]s, use --force",
				c.plan.Latest.Version, strings.Join(declared.have, ", "), strings.Join(missing, ", "))
		}
	}
	return c.plan, c.keepShared()
}
