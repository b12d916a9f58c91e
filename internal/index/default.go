package index

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"time"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/command"
)

// askers are the programs that know a default index, in the order in which they are run.
// answer matches the URL in their output.
var askers = []struct {
	program   string
	arguments []string
	answer    *regexp.Regexp
}{
	// pip has no public way to ask for it; this name has been the same in all versions
	// since 10.
	{"python3", []string{"-c", pipDefault}, regexp.MustCompile(`^(https?://\S+)\s*$`)},
	{"python", []string{"-c", pipDefault}, regexp.MustCompile(`^(https?://\S+)\s*$`)},
	// A separate installation of pip, such as one by pipx. The text is wrapped.
	{"pip3", []string{"help", "install"}, regexp.MustCompile(`--index-url <url>[^(]*\(default\s+(https?://[^\s)]+)\)`)},
	{"pip", []string{"help", "install"}, regexp.MustCompile(`--index-url <url>[^(]*\(default\s+(https?://[^\s)]+)\)`)},
	{"uv", []string{"help", "pip", "install"}, regexp.MustCompile(`--default-index <\w+>[^(]*\(by\s+default:\s+<(https?://[^\s>]+)>\)`)},
}

const pipDefault = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"

// defaultURL returns DefaultIndex, or else the default index of an installed pip or uv.
func defaultURL(ctx context.Context) (string, error) {
	if DefaultIndex != "" {
		return DefaultIndex, nil
	}
	var errs []error
	for _, a := range askers {
		found, err := askSoon(ctx, a.program, a.arguments, a.answer)
		if err == nil {
			return found, nil
		}
		errs = append(errs, err)
	}
	return "", errors.Join(errs...)
}

// askSoon is like ask, with a timeout of 5 seconds.
func askSoon(ctx context.Context, program string, arguments []string, answer *regexp.Regexp) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ask(ctx, program, arguments, answer)
}

// ask runs a program and returns the URL that it prints.
func ask(ctx context.Context, program string, arguments []string, answer *regexp.Regexp) (string, error) {
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.WaitDelay = time.Second // for processes that the program started
	var out bound.Buffer
	cmd.Stdout = &out
	if err := command.RunInGroup(cmd); err != nil {
		return "", fmt.Errorf("%s: %w", program, err)
	}
	match := answer.FindStringSubmatch(out.String())
	if match == nil {
		return "", fmt.Errorf("%s: it printed no default index", program)
	}
	if u, err := parseURL(match[1]); err != nil || !isHTTP(u) {
		return "", fmt.Errorf("%s: it printed no URL", program)
	}
	return match[1], nil
}
