// Package shard splits a list of places among jobs that run side by side, so that
// all together do each place exactly once. The number of a job comes from the
// command line ("2/4") or, if asked for, from the variables that CI systems and
// AWS Batch set ("auto").
package shard

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Shard is the K-th of N jobs; K counts from 1. The zero value is the only one.
type Shard struct{ K, N int }

// Whole reports whether the shard is everything.
func (s Shard) Whole() bool { return s.N <= 1 }

func (s Shard) String() string { return fmt.Sprintf("%d/%d", max(s.K, 1), max(s.N, 1)) }

// Auto has Parse ask the environment.
const Auto = "auto"

// engines are the variables by which a job knows its number, and the number of
// the first one.
var engines = []struct {
	name, index, total string
	first              int
}{
	{"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", 0},
	{"GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1},
	{"Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0},
	{"CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0},
	{"Bitbucket", "BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0},
	{"Semaphore", "SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1},
	{"Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1},
}

// Parse reads "K/N", or asks the environment for "auto"; "" is everything. The
// error is a fault.Error of Kind Usage: a job that does not know its number must
// not run everything, nor nothing.
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
		return refuse("%q is not a shard", text)
	}
	return check(text, Shard{number, total})
}

// FromIndex is the shard of a job that counts from 0, as strategy.job-index of
// GitHub Actions does.
func FromIndex(index, total int) (Shard, error) {
	return check(fmt.Sprintf("index %d of %d", index, total), Shard{index + 1, total})
}

func check(text string, s Shard) (Shard, error) {
	if s.N < 1 || s.K < 1 || s.K > s.N {
		return refuse("there is no shard %s: K counts from 1 to N", text)
	}
	return s, nil
}

func refuse(format string, args ...any) (Shard, error) {
	return Shard{}, &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf(format, args...),
		Hints: []string{"give it as --shard 2/4, which is the second of four jobs", "or --shard auto, in AWS Batch arrays and parallel jobs of GitLab, Buildkite, CircleCI, Bitbucket, Semaphore and Azure Pipelines"}}
}

// detect takes the number from the one engine that tells both variables.
func detect(env func(string) string) (Shard, error) {
	var found *Shard
	var by string
	for _, e := range engines {
		index, total := env(e.index), env(e.total)
		switch {
		case index == "" && total == "":
			continue
		case index == "" && total == "1": // GitLab without parallel
			index = strconv.Itoa(e.first)
		case index == "" || total == "":
			return refuse("%s tells only one of %s and %s", e.name, e.index, e.total)
		}
		i, errI := strconv.Atoi(index)
		n, errN := strconv.Atoi(total)
		if errI != nil || errN != nil {
			return refuse("%s=%q and %s=%q are not numbers", e.index, index, e.total, total)
		}
		s, err := check(fmt.Sprintf("%s=%s of %s=%s", e.index, index, e.total, total), Shard{i - e.first + 1, n})
		if err != nil {
			return s, err
		}
		if found != nil && *found != s && found.N > 1 && s.N > 1 {
			return refuse("%s says shard %s and %s says %s", by, found, e.name, s)
		}
		if found == nil || found.N == 1 {
			found, by = &s, e.name
		}
	}
	if found == nil {
		return refuse("the environment does not say which shard this is")
	}
	return *found, nil
}

// Slice returns the shard's part of a list: a run of the list sorted by key,
// which has to be different for all. The order of the list does not matter, and
// the parts of all shards are the whole list. No two parts differ by more than one.
func Slice[T any](s Shard, list []T, key func(T) string) []T {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	if s.Whole() {
		return sorted
	}
	return sorted[len(sorted)*(s.K-1)/s.N : len(sorted)*s.K/s.N]
}

// Rate is this shard's part of a number of requests in a second that all shards
// share, such as Lambda's for one account and region.
func (s Shard) Rate(perSecond float64) float64 { return perSecond / float64(max(s.N, 1)) }
