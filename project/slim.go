package project

import (
	"context"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/slim"
)

// SlimRules returns the valid values of [resolve.Selection].Slim.
func SlimRules() []string { return slim.Presets() }

// slim leaves files out of a tree according to the layer's rules.
func (p *Project) slim(ctx context.Context, tree *builder.Tree) error {
	if len(p.Layer.Slim) == 0 {
		return nil
	}
	c, err := p.anyCache()
	if err != nil {
		return err
	}
	return slimTree(ctx, tree, slim.Options{Presets: p.Layer.Slim, Facts: c, Wheels: p.cachedWheels()})
}

// slimTree leaves files out of a tree, and records them among the tree's excludes.
func slimTree(ctx context.Context, tree *builder.Tree, o slim.Options) error {
	kept, left, err := slim.Select(ctx, tree.Entries, o)
	if err != nil {
		return err
	}
	tree.Entries = kept
	for _, l := range left {
		tree.Excluded = append(tree.Excluded, builder.Exclusion{Pattern: "slim " + l.Preset, Files: l.Files, Bytes: l.Bytes})
	}
	return nil
}
