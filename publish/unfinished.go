package publish

import (
	"context"
	"time"

	"github.com/lamella-build/lamella/store"
)

// UnfinishedAge is how long ago an upload has to have begun to count as
// abandoned: far longer than a lease holds, and than any upload of a layer takes.
const UnfinishedAge = time.Hour

// unfinishedTimeout bounds how long a run that has published cleans up.
const unfinishedTimeout = 10 * time.Second

// Abandoned lists the uploads of zips that an interrupted run left unfinished.
// Their parts take room that no listing shows. It is empty for a destination
// that has no such uploads.
func Abandoned(ctx context.Context, d Destination) ([]store.Unfinished, error) {
	unfinisher, ok := d.Objects.(store.Unfinisher)
	if !ok {
		return nil, nil
	}
	uploads, err := unfinisher.Unfinished(ctx, Prefix+"zip/")
	if err != nil {
		return nil, err
	}
	var abandoned []store.Unfinished
	for _, u := range uploads {
		if _, ok := ZipOf(u.Key); ok && u.Age >= UnfinishedAge {
			abandoned = append(abandoned, u)
		}
	}
	return abandoned, nil
}

// abortAbandoned removes what interrupted runs left. It is no reason to fail if
// it cannot: the next run, or `lamella prune`, does it.
func (d Destination) abortAbandoned(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, unfinishedTimeout)
	defer cancel()
	uploads, err := Abandoned(ctx, d)
	if err != nil {
		d.debugUpload(Prefix, "abandoned uploads cannot be looked for: %v", err)
		return
	}
	for _, u := range uploads {
		if err := d.Objects.(store.Unfinisher).Abort(ctx, u); err != nil {
			d.debugUpload(u.Key, "an abandoned upload stays: %v", err)
			return
		}
		d.debugUpload(u.Key, "removed the parts of an upload that was abandoned %s ago", u.Age.Round(time.Minute))
	}
}
