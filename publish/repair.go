package publish

import (
	"context"

	"github.com/lamella-build/lamella/store"
)

// repair shares the latest version as planned, and writes what is missing from its state.
func (d Destination) repair(ctx context.Context, p *Plan) error {
	if err := d.share(ctx, p.want.Layer, p.Latest.Version, p.Share); err != nil {
		return err
	}
	for _, w := range p.Writes {
		if _, err := d.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// planRepair plans the writes that let the next run recognize version v by its lock file
// alone. It never replaces a stored lock file.
func (c *comparison) planRepair(v store.LayerVersion, own Alias) {
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
		// Another tool stored this lock file, and its options are unknown. The alias records
		// the options with which our lock file has the same content.
		record = c.plan.draft(c.d.Tool).of(v)
		record.Manifest = Manifest{c.w.Manifest.Name, c.stored.manifest}.recorded()
		record.Identity, record.Inputs = "", ""
	}
	c.plan.Writes = []Write{c.rewriteRecord(record.with(own))}
}
