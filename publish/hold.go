package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
)

// ErrHeld is wrapped by the error for a plan that would publish a held layer.
var ErrHeld = errors.New("the layer is held")

// holdKey is the key of the hold. Like the lease, there is one for each layer.
const holdKey = "layer/hold"

// Hold is the object layer/hold, which keeps deploy from publishing the layer.
type Hold struct {
	Schema  int       `json:"schema"`           // version of the format of this object
	Layer   string    `json:"layer"`            // name of the layer
	Version int64     `json:"version"`          // latest version when the layer was held
	Reason  string    `json:"reason,omitempty"` // why the layer is held, as given with --reason
	Since   time.Time `json:"since"`            // when the layer was held
	Tool    string    `json:"tool"`             // version of lamella that wrote the hold
}

// HoldLayer prevents plans from publishing the layer until Release is called. If the layer
// is already held, HoldLayer updates the reason and the version of the hold.
func HoldLayer(ctx context.Context, d Destination, layer, reason string, now time.Time) (*Hold, error) {
	v, _, err := d.Find(ctx, layer, "")
	if err != nil {
		return nil, err
	}
	h := &Hold{Schema: Schema, Layer: layer, Version: v.Version, Reason: reason, Since: now.UTC().Truncate(time.Second), Tool: d.Tool}
	data, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	_, etag, err := d.get(ctx, holdKey)
	if err != nil {
		return nil, err
	}
	if _, err := d.put(ctx, Write{Key: holdKey, ContentType: "application/json", Data: data, IfMatch: etag}); err != nil {
		return nil, err
	}
	return h, nil
}

// Release allows plans to publish the layer again. It returns the hold that it removed, or
// nil if there was none.
func Release(ctx context.Context, d Destination, layer string) (*Hold, error) {
	h, err := Held(ctx, d, layer)
	if h == nil || err != nil {
		return nil, err
	}
	return h, d.Objects.Delete(ctx, holdKey)
}

// Held returns the hold of the layer, or nil if the layer is not held.
func Held(ctx context.Context, d Destination, layer string) (*Hold, error) {
	data, _, err := d.get(ctx, holdKey)
	if err != nil || data == nil {
		return nil, err
	}
	uri := d.Objects.Location(holdKey).URI
	h, err := parseHold(data)
	if err != nil {
		hint := "to let deploy publish the layer again, delete the hold: " + removal(uri)
		if errors.Is(err, errNewerSchema) {
			hint = "upgrade lamella"
		}
		return nil, &fault.Error{Kind: fault.Destination, Message: "cannot read " + uri + ", the hold that keeps deploy from publishing the layer", Err: err, Hints: []string{hint}}
	}
	if h.Layer != layer {
		return nil, errShared(layer, uri, "layer "+h.Layer)
	}
	return h, nil
}

func parseHold(data []byte) (*Hold, error) {
	h := &Hold{}
	if err := bound.UnmarshalJSON(data, h); err != nil {
		return nil, err
	}
	switch {
	case h.Schema > Schema:
		return nil, fmt.Errorf("%w (schema %d; this version of lamella reads schemas up to %d)", errNewerSchema, h.Schema, Schema)
	case h.Schema < 1 || h.Layer == "":
		return nil, errors.New("its schema or layer is missing")
	}
	return h, nil
}

// lookHold stores the layer's hold in a plan that would publish. A rollback is a deliberate
// choice, so a hold does not prevent it.
func (d Destination) lookHold(ctx context.Context, p *Plan) (err error) {
	if p.Outcome.Publishes() && p.want.copyOf == 0 {
		p.Held, err = Held(ctx, d, p.want.Layer)
	}
	return err
}

// checkHold returns an error if the layer is held.
func (p *Plan) checkHold() error {
	if p.Held == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Subject: "layer " + p.Held.Layer, Message: p.Held.String(), Sentinel: ErrHeld,
		Hints: []string{"release the hold first: lamella release --layer " + p.Held.Layer}}
}

// String returns a sentence such as "web is held at version 3 since 2026-01-31 (uploads
// fail)".
func (h *Hold) String() string {
	text := fmt.Sprintf("%s is held at version %d since %s", h.Layer, h.Version, h.Since.Format(time.DateOnly))
	if h.Reason != "" {
		text += " (" + h.Reason + ")"
	}
	return text
}
