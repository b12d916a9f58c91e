package lamella

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/audit"
	"github.com/lamella-build/lamella/builder"
	"github.com/lamella-build/lamella/container"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/index"
	"github.com/lamella-build/lamella/installer"
	"github.com/lamella-build/lamella/layerzip"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// Builders returns the values of Layer.Builder.
func Builders() []string {
	names := []string{"native"}
	for _, tool := range installer.Tools() {
		names = append(names, string(tool))
	}
	return names
}

// Engines returns the values of Layer.Container beside "".
func Engines() []string { return append([]string{"auto"}, container.Names()...) }

// tool is the installer that builds the layer, "" if lamella does it itself.
func (l *Layer) tool() index.Tool {
	if l.Builder == "native" {
		return ""
	}
	return index.Tool(l.Builder)
}

// checkBuilder refuses settings that cannot be.
func (l *Layer) checkBuilder() error {
	refuse := func(subject, cause string, hints ...string) error {
		return &fault.Error{Kind: fault.Usage, Op: "use", Subject: subject, Err: errors.New(cause), Hints: hints}
	}
	switch {
	case len(l.Prefer) > 0 && l.tool() != "" && slices.Contains(Builders(), l.Builder):
		return refuse("--prefer "+l.Prefer[0], l.Builder+" decides itself whose copy of a file is installed", "--builder native", "or leave out one of the distributions: --exclude NAME")
	case l.Scripts && l.tool() != "" && slices.Contains(Builders(), l.Builder):
		return refuse("--scripts", l.Builder+" makes scripts for the machine that it runs on", "--builder native", "or without commands: --scripts=false")
	case l.Builder != "" && !slices.Contains(Builders(), l.Builder):
		return refuse("builder "+l.Builder, "there is none of that name", "--builder "+strings.Join(Builders(), ", --builder "))
	case l.Container != "" && !slices.Contains(Engines(), l.Container):
		return refuse("container engine "+l.Container, "lamella does not know it", "--container="+strings.Join(Engines(), ", --container="))
	}
	return nil
}

// lockOfTool returns the lock file in the project that the tool reads, "" if
// there is none.
func (l *Layer) lockOfTool() string {
	if l.tool() == "" {
		return ""
	}
	path := filepath.Join(l.Project, string(installer.LockOf(l.tool())))
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// image is the container image that the tool runs in, "" if it runs here.
func (w *work) image() string {
	if w.layer.Container == "" {
		return ""
	}
	return cmp.Or(w.layer.Image, container.BuildImage(w.target.Runtime, w.target.Architecture))
}

// install has the tool install the lock.
func (w *work) install(ctx context.Context) (*installer.Installed, error) {
	if err := w.parse(); err != nil {
		return nil, err
	}
	settings, err := w.sourcesForTools()
	if err != nil {
		return nil, err
	}
	l := &w.layer
	distributions, _ := splitExclude(l.Exclude)
	o := installer.Options{
		Tool: l.tool(), Path: l.BuilderPath, Lock: w.lock, Target: w.target,
		Extras: l.Extras, AllExtras: l.AllExtras, Groups: l.Groups, NoDefaultGroups: l.NoDefaultGroups,
		OnlyGroups: l.OnlyGroups, Package: l.Package, Exclude: distributions,
		Image: w.image(), Timeout: l.BuildTimeout, Links: settings.FindLinks, Events: w.env.Events,
	}
	if o.Env, err = settings.ToolEnv(ctx, o.Tool); err != nil {
		return nil, err
	}
	if o.Engine, o.Temp, err = w.engine(ctx); err != nil {
		return nil, err
	}
	if o.Engine != nil && o.Tool != index.Pip { // which gets the tool where the image lacks it
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

// sourcesForTools is sources for tools that run in another folder.
func (w *work) sourcesForTools() (index.Settings, error) {
	settings, err := w.sources(w.lock)
	if err != nil {
		return settings, err
	}
	settings.FindLinks = slices.Clone(settings.FindLinks)
	for i, link := range settings.FindLinks {
		if strings.Contains(link, "://") {
			continue
		}
		if settings.FindLinks[i], err = filepath.Abs(link); err != nil {
			return settings, &fault.Error{Kind: fault.Machine, Op: "find", Subject: link, Err: err}
		}
	}
	return settings, nil
}

// engine finds the container engine that is asked for, nil if none is, and the
// folder for what it mounts, "" for the one for temporary files.
func (w *work) engine(ctx context.Context) (_ *container.Engine, temp string, err error) {
	name := w.layer.Container
	switch name {
	case "":
		return nil, "", nil
	case "auto":
		name = ""
	}
	if runtime.GOOS != "linux" { // the engine's virtual machine sees the user's folders, not the system's
		if cache, err := os.UserCacheDir(); err == nil {
			temp = filepath.Join(cache, "lamella-staging")
		}
	}
	engine, err := container.Find(ctx, name)
	return engine, temp, err
}

// composeInstalled is compose for the builders that are tools.
func (w *work) composeInstalled(ctx context.Context, write func(*builder.Tree) (layerzip.Summary, error)) (*Built, error) {
	installed, err := w.install(ctx)
	if err != nil {
		return nil, err
	}
	defer installed.Close()
	_, patterns := splitExclude(w.layer.Exclude)
	tree, err := builder.Installation(ctx, installed.Dir, patterns, w.env.Events)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	for i := range tree.Entries {
		e := &tree.Entries[i]
		e.Owner = installed.Owner(strings.TrimPrefix(e.Name, target.LayerPrefix))
	}
	if err := audit.CheckBinaries(tree.Entries, w.target); err != nil {
		return nil, err
	}
	if err := audit.CheckLimit(tree.Entries, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	summary, err := write(tree)
	if err != nil {
		return nil, err
	}
	b := describe("", summary, tree)
	b.Target = w.target
	sizes := map[string]int64{}
	for _, d := range audit.Measure(tree.Entries).Distributions {
		sizes[d.Name] = d.Bytes
	}
	for _, d := range installed.Distributions {
		b.Distributions = append(b.Distributions, publish.Package{Name: d.Name, Version: d.Version, Size: sizes[d.Name]})
	}
	return b, nil
}

// addBuilder adds what a builder other than the native one makes of the layer.
// What image a name stands for may change; that it is another name is known.
func (w *work) addBuilder(options map[string][]string) {
	if tool := w.layer.tool(); tool != "" {
		options["builder"] = []string{string(tool)}
		if image := w.image(); image != "" {
			options["image"] = []string{image}
		}
	}
}
