package project

import (
	"context"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/strip"
)

// LeftOutByStrip is the value of Exclude in the [LeftOut] of Strip.
const LeftOutByStrip = "strip symbols"

// strip removes the debug sections from a tree's libraries, if the layer requests it.
func (p *Project) strip(ctx context.Context, tree *builder.Tree) error {
	if !p.Layer.Strip {
		return nil
	}
	c, err := p.anyCache()
	if err != nil {
		return err
	}
	return stripTree(ctx, tree, strip.Options{Cache: c, Wheels: p.cachedWheels(), Doubtful: p.suspicious, Events: p.env.Events})
}

// stripTree removes debug sections, and records the savings among the tree's excludes.
func stripTree(ctx context.Context, tree *builder.Tree, o strip.Options) error {
	stripped, err := strip.Strip(ctx, tree.Entries, o)
	if err != nil {
		return err
	}
	tree.Entries = stripped.Entries
	tree.CloseWith(stripped)
	tree.Excluded = append(tree.Excluded, builder.Exclusion{Pattern: LeftOutByStrip, Files: stripped.Files, Bytes: stripped.Bytes})
	return nil
}
