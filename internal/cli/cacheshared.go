package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/wheel"
)

func (a *app) cachePushCommand() *cobra.Command {
	return a.cacheCopyCommand("push", "Upload this machine's wheels and bytecode to the shared cache",
		"stored", (*shared.Cache).Push)
}

func (a *app) cachePullCommand() *cobra.Command {
	return a.cacheCopyCommand("pull", "Download all wheels and bytecode from the shared cache",
		"fetched", func(s *shared.Cache, ctx context.Context, c *cache.Cache) (cache.Usage, error) {
			return s.Pull(ctx, c, shared.Checks{Wheel: func(r io.ReaderAt, size int64) error { return wheel.Verify(r, size, "") },
				Bytecode: func(r io.ReaderAt, size int64) error { return bytecode.Verify(r, size, "") }})
		})
}

// cacheCopyCommand returns a command that copies between the two caches.
func (a *app) cacheCopyCommand(name, short, done string, run func(*shared.Cache, context.Context, *cache.Cache) (cache.Usage, error)) *cobra.Command {
	var in input
	cmd := &cobra.Command{
		Use:     name + " [PROJECT]",
		Short:   short,
		Long:    short + ".\nPrints the number of bytes copied.",
		Example: "  lamella cache " + name + " --cache s3://bucket/lamella-cache",
		Args:    atMost(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			remote, err := a.sharedCache(cmd, &in, args)
			if err != nil {
				return err
			}
			dir, err := cache.DefaultDir(a.getenv)
			if err != nil {
				return err
			}
			local, err := cache.Open(dir)
			if err != nil {
				return err
			}
			u, err := run(remote, cmd.Context(), local)
			if err != nil {
				return err
			}
			a.note("%s %s, %s", done, number.Count(u.Files, "file"), formatBytes(u.Bytes))
			return a.printResult(fmt.Sprintln(u.Bytes), output.Cache{Dir: dir, Shared: remote.URI(), Files: u.Files, Bytes: u.Bytes})
		},
	}
	in.bindCache(cmd)
	return cmd
}

// sharedUsage returns the size of the shared cache. With clean, it also empties the cache.
func (a *app) sharedUsage(cmd *cobra.Command, in *input, args []string, clean bool) (output.Cache, error) {
	remote, err := a.sharedCache(cmd, in, args)
	if err != nil {
		return output.Cache{}, err
	}
	run := remote.Size
	if clean {
		run = remote.Clean
	}
	u, err := run(cmd.Context())
	return output.Cache{Shared: remote.URI(), Files: u.Files, Bytes: u.Bytes}, err
}

// sharedCache returns the cache that is configured for the project in args.
func (a *app) sharedCache(cmd *cobra.Command, in *input, args []string) (*shared.Cache, error) {
	layers, err := a.layers(cmd, in, args)
	if err != nil {
		return nil, err
	}
	a.about = nil // the command is not about any of the layers
	remote, err := project.SharedCache(layers[0], a.env())
	if err == nil && remote == nil {
		return nil, &fault.Error{Kind: fault.Usage, Subject: "cache", Message: "no shared cache is configured",
			Hints: []string{"choose a shared cache: --cache s3://BUCKET/PREFIX", `or set it permanently in [tool.lamella]: cache = "s3://BUCKET/PREFIX"`}}
	}
	return remote, err
}
