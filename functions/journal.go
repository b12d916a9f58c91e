package functions

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"crypto/sha256"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// JournalPrefix is the prefix of the keys of all journals of a layer.
const JournalPrefix = "attach/"

// JournalSchema is the schema version that this package writes.
const JournalSchema = 1

// Verdicts on an attach that was started.
const (
	verdictPromote  = "promote"
	verdictRollback = "rollback"
)

// Journal is the object attach/FUNCTION.json. It describes the last change of a function,
// and is written before the change.
type Journal struct {
	Schema   int       `json:"schema"`
	Tool     string    `json:"tool"`
	Run      string    `json:"run"` // process that wrote the journal
	Function string    `json:"function"`
	Layer    string    `json:"layer"` // ARN of the layer, without a version
	From     int64     `json:"from"`  // previous version of the layer; 0 if the layer was added
	To       int64     `json:"to"`
	Started  time.Time `json:"started"`

	Publish bool      `json:"publish,omitempty"`
	Alias   string    `json:"alias,omitempty"`
	Old     string    `json:"old,omitempty"`    // function version that the alias pointed to
	New     string    `json:"new,omitempty"`    // function version that the alias moves to; "" until it is published
	Weight  float64   `json:"weight,omitempty"` // canary's share of the traffic, between 0 and 1
	Since   time.Time `json:"since,omitzero"`   // when the canary's share was set
	Verdict string    `json:"verdict,omitempty"`
	// Done says that the change is complete. Until then, the same command resumes it.
	Done bool `json:"done"`
	// Manager is the tool that manages the function. Pinned are the versions of the
	// layer that its template may still use; they must not be pruned.
	Manager *Manager `json:"manager,omitempty"`
	Pinned  []int64  `json:"pinned,omitempty"`

	etag string
}

// command returns the command that finishes the attach.
func (j *Journal) command() string {
	c := "lamella attach " + j.Function + " --version " + decimal(j.To)
	if j.Alias != "" {
		c += " --alias " + j.Alias
	}
	return c
}

func journalKey(function string) string { return JournalPrefix + function + ".json" }

// loadJournal reads the journal of a function. It returns nil if there is none.
func loadJournal(ctx context.Context, d publish.Destination, function string) (*Journal, error) {
	data, object, err := d.Objects.Get(ctx, journalKey(function))
	if isNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{etag: object.ETag}
	err = bound.UnmarshalJSON(data, j)
	if err == nil && (j.Schema > JournalSchema || j.Function != function) {
		err = fmt.Errorf("it has schema %d and is for function %q", j.Schema, j.Function)
	}
	if err != nil {
		uri := d.Objects.Location(journalKey(function)).URI
		return nil, &fault.Error{Kind: fault.Destination, Message: "cannot read the journal " + uri, Err: err,
			Hints: []string{"upgrade lamella", "or check the function and delete the journal: aws s3 rm " + uri}}
	}
	return j, nil
}

// Journals reads the journals of all functions that the layer was attached to.
func Journals(ctx context.Context, d publish.Destination) ([]Journal, error) {
	listed, err := d.Objects.List(ctx, JournalPrefix)
	if err != nil {
		return nil, err
	}
	var all []Journal
	for _, object := range listed {
		name, ok := strings.CutSuffix(strings.TrimPrefix(object.Key, JournalPrefix), ".json")
		if !ok || strings.Contains(name, "/") {
			continue
		}
		j, err := loadJournal(ctx, d, name)
		if err != nil {
			return nil, err
		}
		if j != nil {
			all = append(all, *j)
		}
	}
	return all, nil
}

// save replaces the journal that was last read or written. If another process has written it
// since then, the error is store.ErrChanged.
func (j *Journal) save(ctx context.Context, d publish.Destination) error {
	data, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return err
	}
	data = append(data, '\n')
	digest := sha256.Sum256(data)
	body := store.Body{Reader: bytes.NewReader(data), Size: int64(len(data)), SHA256: digest[:], ContentType: "application/json", IfAbsent: j.etag == "", IfMatch: j.etag}
	etag, err := d.Objects.Put(ctx, journalKey(j.Function), body)
	if errors.Is(err, store.ErrExist) || errors.Is(err, store.ErrChanged) || errors.Is(err, store.ErrIncomplete) {
		// The write may have succeeded although its response was lost.
		there, object, readErr := d.Objects.Get(ctx, journalKey(j.Function))
		if readErr == nil && bytes.Equal(there, data) {
			etag, err = object.ETag, nil
		} else if readErr == nil && !errors.Is(err, store.ErrIncomplete) {
			return &fault.Error{Kind: fault.Destination, Message: "another lamella process is changing function " + j.Function, Err: err, Sentinel: store.ErrChanged,
				Hints: []string{"wait for it to finish, then run the same command again"}}
		}
	}
	if err != nil {
		return err
	}
	j.etag = etag
	return nil
}

// layer returns the ARN of the layer, without a version.
func (j *Journal) layer() store.ARN {
	arn, _ := store.ParseARN(j.Layer) // PlanAttach wrote it
	return arn
}

func (j *Journal) version(n int64) store.ARN {
	arn := j.layer()
	arn.Version = n
	return arn
}

// RolledBack reports whether the change was undone, or the function was deleted.
func (j *Journal) RolledBack() bool { return j.Done && j.Verdict == verdictRollback }

// begun reports whether an attach was started that another attach must not interrupt. j may
// be nil.
func (j *Journal) begun() bool { return j != nil && !j.Done && j.Alias != "" && j.New != "" }

func newRun() string { return rand.Text() }

func isNotExist(err error) bool { return errors.Is(err, store.ErrNotExist) }
