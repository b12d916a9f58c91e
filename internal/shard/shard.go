// Package shard splits a list among parallel jobs, so that together they process each
// element exactly once. The number of a job comes from the command line ("2/4"), or from the
// environment variables of CI systems and AWS Batch ("auto").
package shard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Shard is job K of N, counted from 1. The zero value is a single job.
type Shard struct{ K, N int }

// Whole reports whether the shard is the whole list.
func (s Shard) Whole() bool { return s.N <= 1 }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", max(s.K, 1), max(s.N, 1)) }

// Auto makes Parse use the environment.
const Auto = "auto"

// engine names the environment variables for a job's number and for the number of jobs, and
// says whether jobs are numbered from 0 or 1.
type engine struct {
	name, index, total string
	first              int
}

var engines = []engine{
	{"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
	{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
	{"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
	{"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
	{"Bitbucket", "BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0},
	{"Semaphore", "SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1},
	{"Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},
}

// Parse parses "K/N", or reads the environment for "auto". "" means the whole list. The
// error is a fault.Error of Kind Usage: a job without a number must neither run everything
// nor nothing.
func Parse(text string, env func(string) string) (Shard, error) {
	if text == "" {
		return Shard{1, 1}, nil
	}
	if text == Auto {
		return detect(env)
	}
	k, n, ok := strings.Cut(text, "/")
	number, errK := strconv.Atoi(k)
	total, errN := strconv.Atoi(n)
	if !ok || errK != nil || errN != nil {
		return refuse(orAuto, "%q is not a valid shard", text)
	}
	switch {
	case total < 1:
		return refuse(orAuto, "shard %s does not exist: N must be at least 1", text)
	case number < 1 || number > total:
		return refuse(orAuto, "shard %s does not exist: K must be between 1 and N", text)
	}
	return Shard{number, total}, nil
}

// orAuto is the hint for users who could use Auto instead.
const orAuto = "or use --shard auto in " + autoWorksIn

const autoWorksIn = "AWS Batch array jobs and in parallel jobs on GitLab, Buildkite, CircleCI, Bitbucket, Semaphore, and Azure Pipelines"

// refuse returns an error with the hint to type K/N and, unless hint is "", another hint.
func refuse(hint, format string, args ...any) (Shard, error) {
	wrong := &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf(format, args...),
		Hints: []string{"use --shard K/N, such as --shard 2/4 for the second of four jobs"}}
	if hint != "" {
		wrong.Hints = append(wrong.Hints, hint)
	}
	return Shard{}, wrong
}

// parse returns the shard for the values of the environment variables of e.
func (e engine) parse(index, total string) (Shard, error) {
	i, errI := strconv.Atoi(index)
	n, errN := strconv.Atoi(total)
	switch {
	case errI != nil:
		return refuse("", "%s=%q is not a number", e.index, index)
	case errN != nil:
		return refuse("", "%s=%q is not a number", e.total, total)
	case n < 1:
		return refuse("", "%s=%d is out of range: it must be at least 1", e.total, n)
	case i < e.first || i >= n+e.first:
		return refuse("", "%s=%d is out of range: with %s=%d, it must be between %d and %d", e.index, i, e.total, n, e.first, n+e.first-1)
	}
	return Shard{i - e.first + 1, n}, nil
}

// detect returns the shard for the environment variables of the current engine.
func detect(env func(string) string) (Shard, error) {
	var found *Shard
	var by string
	for _, e := range engines {
		index, total := env(e.index), env(e.total)
		switch {
		case index == "" && total == "":
			continue
		case index == "" && total == "1": // GitLab without parallel jobs
			index = strconv.Itoa(e.first)
		case index == "":
			return refuse("", "%s is set, but %s is not", e.total, e.index)
		case total == "":
			return refuse("", "%s is set, but %s is not", e.index, e.total)
		}
		s, err := e.parse(index, total)
		if err != nil {
			return s, err
		}
		if found != nil && *found != s && found.N > 1 && s.N > 1 {
			return refuse("", "the environment is ambiguous: %s sets shard %s, but %s sets %s", by, found, e.name, s)
		}
		if found == nil || found.N == 1 {
			found, by = &s, e.name
		}
	}
	if found == nil {
		return refuse("", "--shard auto cannot determine the number of this job: it works only in "+autoWorksIn)
	}
	return *found, nil
}

// Slice returns this shard's part of a list: a range of the list sorted by key. The keys
// must be unique. The parts of all shards together are the whole list, whatever its order,
// and their lengths differ by at most one.
func Slice[T any](s Shard, list []T, key func(T) string) []T {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if s.Whole() {
		return sorted
	}
	return sorted[len(sorted)*(s.K-1)/s.N : len(sorted)*s.K/s.N]
}

// Rate returns this shard's part of a rate of requests per second that all shards share,
// such as Lambda's limit for an account and region.
func (s Shard) Rate(perSecond float64) float64 { return perSecond / float64(max(s.N, 1)) }
