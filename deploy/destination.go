package deploy

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/store/local"
)

// localFolder is a folder that stands in for S3 and Lambda.
var localFolder = outfile.Place{Name: "a folder of layers", Example: "out", Option: "--to", URLOption: "--to", Ours: local.Ours}

// Destinations opens destinations. Those in the same account and region share a connection
// and its rate limit; those in the same account share uploaded zips. The zero value is ready
// to use. A Destinations is safe for concurrent use.
type Destinations struct {
	mu          sync.Mutex
	connections map[aws.Account]*connection
	copies      map[aws.Account]*publish.ZipCopies // keyed by account, without the region
	accounts    map[aws.Account]func() (string, error)
	arns        map[aws.Account]func() (store.ARN, error)
}

// connection is the connection of one account and region, once it has been made.
type connection struct {
	mu   sync.Mutex
	made *aws.Connection
}

// Open opens the destination of l. It returns a fault.Error of Kind Usage if the
// destination is missing or invalid.
func Open(ctx context.Context, l spec.Layer, env spec.Env) (publish.Destination, error) {
	return new(Destinations).Open(ctx, l, env)
}

// accountOf returns the account and region of l. The region comes from env, as in
// placeholders, and not from the process.
func accountOf(l spec.Layer, env spec.Env) aws.Account {
	return aws.Account{Profile: l.Profile, RoleARN: l.RoleARN, Region: env.RegionOf(l)}
}

// Account returns the 12-digit number of the account that l is deployed to. It sends at most
// one request for each account, with the first caller's ctx.
func (o *Destinations) Account(ctx context.Context, l spec.Layer, env spec.Env) (string, error) {
	if l.IsLocal() {
		return local.Account, nil
	}
	account := accountOf(l, env)
	o.mu.Lock()
	if o.accounts == nil {
		o.accounts = map[aws.Account]func() (string, error){}
	}
	number := o.accounts[account]
	if number == nil {
		number = sync.OnceValues(func() (string, error) { return account.Number(ctx, env.Events) })
		o.accounts[account] = number
	}
	o.mu.Unlock()
	return number()
}

// Open opens the destination of l, like the function [Open].
func (o *Destinations) Open(ctx context.Context, l spec.Layer, env spec.Env) (publish.Destination, error) {
	d := publish.Destination{Events: withPlace(l, env.Events), Tool: env.Tool()}
	switch {
	case l.Name == "":
		return d, project.NoName()
	case l.To == "":
		return d, &fault.Error{Kind: fault.Usage, Subject: "to", Message: "no destination is configured",
			Hints: []string{"choose a destination: --to s3://BUCKET/PREFIX/{layer}", `or set the destination permanently in [tool.lamella]: to = "s3://BUCKET/PREFIX/{layer}"`, "or try lamella without AWS: --to out"}}
	}
	account := accountOf(l, env)
	fill := func(key, value string) (string, error) {
		return l.Fill(key, value, env, func() (string, error) { return o.Account(ctx, l, env) })
	}
	to, err := fill("to", l.To)
	if err != nil {
		return d, err
	}
	if l.IsLocal() {
		if err := localFolder.Check(to); err != nil {
			return d, err
		}
		objects, layers, err := local.New(to, store.Prefix{Bucket: "local", Path: l.Name})
		d.Objects, d.Layers = objects, layers
		return d, err
	}
	prefix, err := store.ParsePrefix(to)
	if err != nil {
		return d, err
	}
	storage := aws.Storage{SSE: l.SSE, ACL: l.ACL}
	if storage.KMSKey, err = fill("kms-key", l.KMSKey); err != nil {
		return d, err
	}
	if d.Parameter, err = fill("ssm-parameter", l.SSMParameter); err != nil {
		return d, err
	}
	if err := checkParameter(d.Parameter); err != nil {
		return d, err
	}
	shared, err := o.connect(ctx, account, env)
	if err != nil {
		return d, err
	}
	objects, layers, err := shared.Open(prefix, storage)
	d.Objects, d.Layers, d.Copies = objects, layers, o.copiesOf(account)
	return d, err
}

// connect returns the connection of an account and region. It is made with the env of the
// first caller.
func (o *Destinations) connect(ctx context.Context, account aws.Account, env spec.Env) (*aws.Connection, error) {
	o.mu.Lock()
	if o.connections == nil {
		o.connections = map[aws.Account]*connection{}
	}
	c := o.connections[account]
	if c == nil {
		c = new(connection)
		o.connections[account] = c
	}
	o.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made != nil {
		return c.made, nil
	}
	made, err := aws.Connect(ctx, aws.Options{Account: account, RateLimit: aws.NewRateLimit(max(env.Shards, 1)), Events: env.Events})
	c.made = made
	return made, err
}

// copiesOf returns the zips that the destinations of an account share.
func (o *Destinations) copiesOf(account aws.Account) *publish.ZipCopies {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.copies == nil {
		o.copies = map[aws.Account]*publish.ZipCopies{}
	}
	account.Region = ""
	if o.copies[account] == nil {
		o.copies[account] = new(publish.ZipCopies)
	}
	return o.copies[account]
}

// checkParameter rejects a name that Systems Manager does not permit (its user guide,
// "Requirements and constraints for parameter names").
func checkParameter(name string) error {
	refuse := func(why string) error {
		shown := name
		if len(name) > 100 {
			shown = strings.ToValidUTF8(name[:32], "") + "…"
		}
		return &fault.Error{Kind: fault.Usage, Subject: name, Message: fmt.Sprintf("invalid parameter name %q: %s", shown, why),
			Hints: []string{`choose another name, for example: ssm-parameter = "/layers/{layer}"`}}
	}
	const most, levels = 1011, 15 // most characters, including the ARN in front of the name, and most levels
	const prefix = "arn:aws-us-gov:ssm:ap-southeast-1:123456789012:parameter/"
	first := strings.ToLower(strings.TrimPrefix(name, "/"))
	switch {
	case name == "":
	case strings.HasPrefix(name, "/") && (strings.HasSuffix(name, "/") || strings.Contains(name, "//")):
		return refuse("no level of the name may be empty")
	case !parameterName.MatchString(name):
		if !strings.HasPrefix(name, "/") && parameterName.MatchString("/"+name) {
			return refuse(`a name that contains "/" must begin with "/"`)
		}
		return refuse(`use only ASCII letters, digits, ".", "-", "_", and "/"`)
	case strings.HasPrefix(first, "aws") || strings.HasPrefix(first, "ssm"):
		return refuse("names that begin with aws or ssm are reserved for AWS")
	case strings.Count(name, "/") > levels:
		return refuse(fmt.Sprintf("it has more than %d levels", levels))
	case len(name)+len(prefix) > most:
		return refuse(fmt.Sprintf("it has %d characters, but at most %d are allowed", len(name), most-len(prefix)))
	}
	return nil
}

var parameterName = regexp.MustCompile(`^([A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+)$`)

// withPlace adds the place of l to the subject of events, to distinguish the events of
// several destinations.
func withPlace(l spec.Layer, events event.Sink) event.Sink {
	place := l.Place()
	if place == "" || events == nil {
		return events
	}
	return func(e event.Event) {
		e.Subject += " in " + place
		events(e)
	}
}
