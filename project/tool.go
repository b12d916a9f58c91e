package project

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/installer"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// makeWithTool makes the layer from what an external tool installs.
func (p *Project) makeWithTool(ctx context.Context, write writeFunc) (*Zip, error) {
	if p.env.Offline {
		return nil, &fault.Error{Kind: fault.Usage, Subject: "offline",
			Message: fmt.Sprintf("the %s builder may send requests to a package index, which --offline forbids", p.Layer.Builder),
			Hints:   []string{"use lamella's own builder: --builder native"}}
	}
	installed, err := p.install(ctx)
	if err != nil {
		return nil, err
	}
	defer installed.Close()
	tree, err := builder.Installation(ctx, installed.Dir, p.Layer.ExcludedPaths(), p.env.Events)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	for i := range tree.Entries {
		e := &tree.Entries[i]
		e.Owner = installed.Owner(strings.TrimPrefix(e.Name, target.LayerPrefix))
	}
	if err := audit.CheckBinaries(tree.Entries, p.Target); err != nil {
		return nil, err
	}
	z, err := p.writeTree(ctx, tree, write)
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, d := range audit.Measure(tree.Entries).Distributions {
		sizes[d.Name] = d.Bytes
	}
	for _, d := range installed.Distributions {
		z.Distributions = append(z.Distributions, publish.Package{Name: d.Name, Version: d.Version, Size: sizes[d.Name]})
	}
	return z, nil
}

// install makes the tool install from the lock file.
func (p *Project) install(ctx context.Context) (*installer.Installed, error) {
	if err := p.parse(); err != nil {
		return nil, err
	}
	settings, err := p.settingsForTools()
	if err != nil {
		return nil, err
	}
	l := &p.Layer
	o := installer.Options{
		Tool: toolOf(l), Path: l.BuilderPath, Lock: p.lock, Target: p.Target, Selection: l.Selection,
		Image: p.image(), Timeout: l.BuildTimeout, Links: settings.FindLinks, Events: p.env.Events,
	}
	if o.Env, err = settings.ToolEnv(ctx, o.Tool); err != nil {
		return nil, err
	}
	if o.Engine, o.Temp, err = p.engine(ctx); err != nil {
		return nil, err
	}
	if o.Engine != nil && o.Tool != index.Pip { // pip installs the tool if the image lacks it
		pip, err := settings.ToolEnv(ctx, index.Pip)
		if err != nil {
			return nil, err
		}
		o.Env.Vars = append(o.Env.Vars, pip.Vars...)
	}
	if o.Engine != nil {
		o.Links = append(slices.Clip(o.Links), o.Env.Paths...)
	}
	return installer.Install(ctx, o)
}

// settingsForTools is like IndexSettings, for tools that run in another folder.
func (p *Project) settingsForTools() (index.Settings, error) {
	settings, err := IndexSettings(p.Layer, p.lock, p.env)
	if err != nil {
		return settings, err
	}
	settings.FindLinks = slices.Clone(settings.FindLinks)
	for i, link := range settings.FindLinks {
		if strings.Contains(link, "://") {
			continue
		}
		if settings.FindLinks[i], err = filepath.Abs(link); err != nil {
			return settings, &fault.Error{Kind: fault.Machine, Subject: link, Message: "cannot find " + link, Err: err}
		}
	}
	return settings, nil
}

// image returns the container image that the tool runs in, or "" if it runs on this machine.
func (p *Project) image() string {
	if p.Layer.Container == "" {
		return ""
	}
	return cmp.Or(p.Layer.Image, container.BuildImage(p.Target.Runtime, p.Target.Architecture))
}

// engine finds the configured container engine. It returns nil if none is configured. It
// also returns the folder for what the engine mounts, or "" for the folder for temporary
// files.
func (p *Project) engine(ctx context.Context) (_ *container.Engine, temp string, err error) {
	name := p.Layer.Container
	switch name {
	case "":
		return nil, "", nil
	case "auto":
		name = ""
	}
	if runtime.GOOS != "linux" { // the engine's virtual machine sees the user's folders but not the system's
		if cache, err := os.UserCacheDir(); err == nil {
			temp = filepath.Join(cache, "lamella-staging")
		}
	}
	engine, err := container.Find(ctx, name)
	return engine, temp, err
}
