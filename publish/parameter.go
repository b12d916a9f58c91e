package publish

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// lookParameter sets p.Parameter if Execute must write the parameter.
func (d Destination) lookParameter(ctx context.Context, p *Plan) error {
	if d.Parameter == "" {
		return nil
	}
	if p.Outcome.Publishes() {
		p.Parameter = d.Parameter
		return nil
	}
	parameters, err := d.parameters()
	if err != nil {
		return err
	}
	value, err := parameters.Parameter(ctx, d.Parameter)
	if err == nil && value != p.Latest.ARN {
		p.Parameter = d.Parameter
	}
	return err
}

func (d Destination) parameters() (store.Parameters, error) {
	parameters, ok := d.Layers.(store.Parameters)
	if !ok {
		return nil, &fault.Error{Kind: fault.Usage, Subject: d.Parameter, Message: "a local folder cannot store the SSM parameter " + d.Parameter, Hints: []string{"remove --ssm-parameter"}}
	}
	return parameters, nil
}

// versionAfter returns the version in the ARN value, if it is a newer version of the same
// layer as arn.
func versionAfter(value, arn string) (int64, bool) {
	i := strings.LastIndexByte(arn, ':')
	if i < 0 || !strings.HasPrefix(value, arn[:i+1]) {
		return 0, false
	}
	named, err := strconv.ParseInt(value[i+1:], 10, 64)
	own, ownErr := strconv.ParseInt(arn[i+1:], 10, 64)
	return named, err == nil && ownErr == nil && named > own
}

// writeParameter sets the parameter to the ARN of r, unless the parameter names a newer
// version that still exists, which another process has published in the meantime.
func (d Destination) writeParameter(ctx context.Context, r *Result) error {
	parameters, err := d.parameters()
	if err != nil {
		return err
	}
	value, err := parameters.Parameter(ctx, d.Parameter)
	if err != nil || value == r.ARN {
		return err
	}
	if newer, ok := versionAfter(value, r.ARN); ok {
		if _, err := d.Layers.Version(ctx, r.Layer, newer); !errors.Is(err, store.ErrNotExist) {
			return err
		}
	}
	if err := parameters.SetParameter(ctx, d.Parameter, r.ARN); err != nil {
		return err
	}
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: r.Layer, Message: fmt.Sprintf("set parameter %s to %s", d.Parameter, r.ARN)})
	return nil
}
