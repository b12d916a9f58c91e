package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/lamella-build/lamella/internal/number"

	"github.com/spf13/cobra"

	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/config"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/shell"
)

func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Manage the cache of wheels and bytecode",
		Long: `Manage the cache of wheels and bytecode. The cache is in the folder that LAMELLA_CACHE_DIR
names; the default is lamella in your user cache folder (~/.cache/lamella on Linux).
Everything in the cache can be downloaded or built again.

push and pull copy wheels and bytecode to and from a cache on S3 (--cache) that several
machines share. size --shared prints the size of the shared cache, and clean --shared
empties it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	var uses []cache.Use // the uses of damaged files
	cmd.AddCommand(
		a.cacheDirCommand(),
		a.cachePushCommand(),
		a.cachePullCommand(),
		a.cacheSubcommand("size", "Print the size of the cache in bytes",
			func(_ context.Context, c *cache.Cache) (output.Cache, error) {
				u, err := c.Size()
				return output.Cache{Files: u.Files, Bytes: u.Bytes}, err
			},
			func(v output.Cache) string {
				a.note("%s, %s", number.Count(v.Files, "file"), formatBytes(v.Bytes))
				return fmt.Sprintln(v.Bytes)
			}),
		a.cacheSubcommand("clean", "Empty the cache and print the number of bytes freed",
			func(ctx context.Context, c *cache.Cache) (output.Cache, error) {
				u, err := c.Clean(ctx)
				return output.Cache{Files: u.Files, Bytes: u.Bytes}, err
			},
			func(v output.Cache) string {
				a.note("removed %s, %s", number.Count(v.Files, "file"), formatBytes(v.Bytes))
				return fmt.Sprintln(v.Bytes)
			}),
		a.cacheSubcommand("verify", "Check the hash of every wheel, and remove and list the damaged ones",
			func(ctx context.Context, c *cache.Cache) (output.Cache, error) {
				damaged, u, err := c.Verify(ctx)
				if err != nil {
					return output.Cache{}, err
				}
				uses, err = c.Uses(damaged)
				for _, l := range uses {
					a.about = append(a.about, output.Row{Name: l.Layer, Target: l.Target, Result: output.CacheUse{Project: l.Project}})
				}
				return output.Cache{Files: u.Files, Bytes: u.Bytes, Damaged: damaged}, err
			},
			func(v output.Cache) string {
				a.note("checked %s, %s: %d damaged", number.Count(v.Files, "file"), formatBytes(v.Bytes), len(v.Damaged))
				for _, u := range uses {
					a.note("layer %s (%s) in %s was built from a damaged file; if you have published it since, run: lamella deploy --force %s",
						u.Layer, u.Target, u.Project, shell.Quote(u.Project))
				}
				text := ""
				for _, path := range v.Damaged {
					text += path + "\n"
				}
				return text
			}),
	)
	return cmd
}

func (a *app) cacheDirCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "dir",
		Short: "Print the path of the cache folder, even if it does not exist",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			dir, err := cache.DefaultDir(a.getenv)
			if err != nil {
				return err
			}
			return a.printResult(dir+"\n", output.CacheDir{Dir: dir})
		},
	}
}

// cacheSubcommand returns a command that does something with the cache, and prints the
// result as text or as JSON. A cache that does not exist counts as empty, and is not
// created.
func (a *app) cacheSubcommand(name, short string,
	run func(context.Context, *cache.Cache) (output.Cache, error), text func(output.Cache) string) *cobra.Command {
	var in input
	var onS3 bool
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  atMost(0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkShared(cmd, onS3); err != nil {
				return err
			}
			if onS3 {
				v, err := a.sharedUsage(cmd, &in, args, name == "clean")
				if err != nil {
					return err
				}
				return a.printResult(text(v), v)
			}
			v, err := a.onOwnCache(cmd.Context(), run)
			if err != nil {
				return err
			}
			return a.printResult(text(v), v)
		},
	}
	if name == "size" || name == "clean" {
		in.bindCache(cmd)
		cmd.Use += " [PROJECT]"
		cmd.Example = "  lamella cache " + name + "\n  lamella cache " + name + " --shared --cache s3://bucket/lamella-cache"
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if !onS3 && len(args) == 1 { // this machine's cache is that of all projects
				return onlyShared(cmd, "PROJECT")
			}
			return atMost(1)(cmd, args)
		}
		cmd.Flags().BoolVar(&onS3, "shared", false, "use the shared cache on S3 instead of this machine's; required with PROJECT, --cache, --region, or --profile")
	}
	return cmd
}

// onOwnCache returns what run says of this machine's cache, only its folder if there is none.
func (a *app) onOwnCache(ctx context.Context, run func(context.Context, *cache.Cache) (output.Cache, error)) (v output.Cache, err error) {
	dir, err := cache.DefaultDir(a.getenv)
	if err != nil {
		return v, err
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		c, err := cache.Open(dir)
		if err != nil {
			return v, err
		}
		if v, err = run(ctx, c); err != nil {
			return v, err
		}
	}
	v.Dir = dir
	return v, nil
}

// checkShared rejects the flags of the shared cache for a command about this machine's.
func checkShared(cmd *cobra.Command, onS3 bool) error {
	for _, name := range sharedCacheFlags {
		if f := cmd.Flags().Lookup(name); !onS3 && f != nil && f.Changed {
			return onlyShared(cmd, "--"+name)
		}
	}
	return nil
}

// onlyShared returns the error for something that the commands about this machine's cache do
// not accept.
func onlyShared(cmd *cobra.Command, what string) error {
	return usageError(cmd.Name(), what+" applies only to the shared cache", "use the shared cache: --shared")
}

// sharedCacheFlags are the flags that say where the shared cache is.
var sharedCacheFlags = []string{"cache", "region", "profile"}

// bindCache is like bind, for a command about the shared cache.
func (in *input) bindCache(cmd *cobra.Command) {
	bindKeys(cmd, &in.flags, func(k config.Key) bool { return slices.Contains(sharedCacheFlags, k.Name) })
	for _, name := range sharedCacheFlags {
		cmd.Flags().Lookup(name).Annotations[annotationGroup] = []string{sharedCacheHeading}
	}
	annotate(cmd.Flags(), "cache", annotationOwn, "")
	cmd.Flags().Lookup("cache").Usage = "shared cache on S3, s3://BUCKET/PREFIX; default: from the configuration of PROJECT"
	cmd.Flags().Lookup("region").Usage = "AWS region of the shared cache; default: from the AWS configuration"
}
