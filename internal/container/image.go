package container

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
)

// Platform returns the engines' name for the platform of a Lambda architecture, such as
// "linux/amd64" for "x86_64".
func Platform(architecture string) string {
	if architecture == "arm64" {
		return "linux/arm64"
	}
	return "linux/amd64"
}

// BuildImage returns the official build image of a Lambda runtime and
// architecture (AWS SAM, "Image repositories").
func BuildImage(runtimeName, architecture string) string {
	return fmt.Sprintf("public.ecr.aws/sam/build-%s:latest-%s", runtimeName, architecture)
}

// ImageDigest returns the digest of an image, "sha256:…". It first pulls the image if it is
// missing on this machine, or is there only for another platform. A platform of "" means
// any. If the image cannot be pulled, the error is a fault.Error of Kind Machine.
func (e *Engine) ImageDigest(ctx context.Context, image, platform string, events event.Sink) (string, error) {
	id, has, err := e.inspect(ctx, image)
	if err == nil && (platform == "" || has == platform) {
		return id, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if errors.Is(err, command.ErrTimeout) { // a timeout does not mean that the image is missing
		return "", &fault.Error{Kind: fault.Machine, Subject: image, Err: err,
			Message: "cannot determine whether the image " + image + " is on this machine",
			Hints:   []string{"run the same command again when the machine is less busy", "or build without a container: --builder native"}}
	}
	args := []string{"pull", image}
	if platform != "" {
		args = []string{"pull", "--platform", platform, image}
	}
	events.Emit(event.Event{Kind: event.Note, Op: "pull", Subject: image, Message: fmt.Sprintf("pulling the image %s", image)})
	err = command.Run(ctx, command.Command{Path: e.Path, Args: args, Op: "pull", Subject: image,
		Action: "pulling the image " + image, Name: e.Name + " pull"}, events)
	if err != nil {
		return "", pullFault(ctx, err, image, has, platform)
	}
	if id, _, err = e.inspect(ctx, image); err != nil {
		return "", &fault.Error{Kind: fault.Machine, Message: "cannot inspect the image " + image, Subject: image, Err: err}
	}
	return id, nil
}

// inspect returns an image's digest and platform.
func (e *Engine) inspect(ctx context.Context, image string) (id, platform string, err error) {
	answer, err := command.OutputWithin(ctx, cmp.Or(e.patience, 2*time.Minute), e.Path, "image", "inspect", "--format", "{{.Id}} {{.Os}}/{{.Architecture}}", image)
	if err != nil {
		return "", "", err
	}
	id, platform, ok := strings.Cut(answer, " ")
	if !ok || strings.Contains(platform, "\n") {
		return "", "", fmt.Errorf("%s image inspect returned %q", e.Name, answer)
	}
	if !strings.Contains(id, ":") {
		id = "sha256:" + id
	}
	return id, platform, nil
}

// pullFault adds hints to the error of a failed pull. has is the platform of the image on
// this machine, or "" if there is none.
func pullFault(ctx context.Context, err error, image, has, platform string) error {
	var e *fault.Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return err
	}
	if has != "" {
		e.Details = append([]string{fmt.Sprintf("the image on this machine is for %s, but the target needs %s", has, platform)}, e.Details...)
	}
	output := strings.ToLower(strings.Join(e.Details, "\n"))
	switch {
	case strings.Contains(output, "token has expired"), strings.Contains(output, "not authorized"), strings.Contains(output, "no basic auth"):
		e.Hints = append(e.Hints, "log in to the image's registry again, or log out if the image is public")
	case has != "":
		e.Hints = append(e.Hints, fmt.Sprintf("choose an image for %s: --image IMAGE", platform))
	}
	e.Hints = append(e.Hints, "or choose an image that is on this machine: --image IMAGE", "or build without a container: --builder native")
	return e
}
