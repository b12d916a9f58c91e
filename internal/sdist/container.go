package sdist

import (
	"context"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/target"
)

// Container builds with pip in a container image that contains the target's Python, such as
// Lambda's build images.
type Container struct {
	// Index specifies where pip finds build requirements.
	Index index.ToolEnv
	// Links are the folders of wheels in Index. They are mounted in the container.
	Links []string

	engine       *container.Engine
	image        string
	digest       string // digest of the image
	platform     string
	python       string // Python that the image must have, such as "python3.13"
	architecture string // of the target
}

// NewContainer returns the tool that builds for t in image. It pulls the image if it is
// missing.
func NewContainer(ctx context.Context, engine *container.Engine, image string, t target.Target, events event.Sink) (*Container, error) {
	c := &Container{engine: engine, image: image, platform: container.Platform(t.Architecture), python: t.Runtime, architecture: t.Architecture}
	var err error
	c.digest, err = engine.ImageDigest(ctx, image, c.platform, events)
	return c, err
}

// Identity returns the digest of the image, which identifies everything in it.
func (c *Container) Identity() string { return "pip in " + c.digest }

// Paths of the staging folder's parts in the container.
const (
	sourceMount = "/lamella/source"
	wheelMount  = "/lamella/wheel"
)

// Build runs "pip wheel --no-deps". The container can access only the copy of the source,
// the folder for the wheel, and Links.
func (c *Container) Build(ctx context.Context, j Job) error {
	project := path.Join(sourceMount, j.Project)
	home := map[string]string{}
	if c.Index.Netrc != "" {
		home[".netrc"] = c.Index.Netrc
	}
	run := container.Run{
		Image: c.image, Platform: c.platform, Env: variables(j.Env), Secrets: variables(c.Index.Vars), HomeFiles: home, Timeout: j.Timeout, Dir: project,
		Mounts:  []container.Mount{{Source: j.Source, Target: sourceMount}, {Source: j.Out, Target: wheelMount}},
		Command: append([]string{c.python, "-m"}, pipWheel(wheelMount, project)...),
		Op:      "build", Subject: j.Subject, Action: "building " + j.Subject,
	}
	for _, folder := range c.Links {
		if filepath.IsAbs(folder) && runtime.GOOS != "windows" {
			run.Mounts = append(run.Mounts, container.Mount{Source: folder, Target: folder, ReadOnly: true})
		}
	}
	run.AddSurroundings(c.Index.Getenv)
	return c.engine.Run(ctx, run, j.Events)
}

// Advice returns the hint for a wheel that was built in an image but does not fit the
// target.
func (c *Container) Advice() []string {
	return []string{"build in an image for " + c.python + " on " + c.architecture + ": --image IMAGE"}
}

// variables returns a map from a list of "NAME=value".
func variables(list []string) map[string]string {
	env := map[string]string{}
	for _, variable := range list {
		name, value, _ := strings.Cut(variable, "=")
		env[name] = value
	}
	return env
}
