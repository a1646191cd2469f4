# Netlink relay of ts-bgp: owns the AF_NETLINK sockets, knows nothing about routes. perl-base only, no modules.
# The framing is in frames.ts. Argument: bit mask of event groups. When stdin ends, so does this.
use strict;
my ($groups) = @ARGV;
# a signal for the whole process group is the daemon's to act on: its last requests still go through here
$SIG{$_} = 'IGNORE' for qw(PIPE INT TERM HUP);

my ($SOL_SOCKET, $SOL_NETLINK, $MSG_DONTWAIT) = (1, 270, 0x40);
my ($EINTR, $EAGAIN, $EINVAL, $ENOBUFS) = (4, 11, 22, 105);
my ($ANSWER, $EVENT, $STATUS) = (0, 1, 2);
my ($HELLO, $REQUEST_ERROR, $SEND_FAILED) = (0, 1, 3);
my $TOLD_EVERY = 4;    # datagrams: the daemon makes the next ones while the kernel is at the rest

sub netlink {
    socket(my $socket, 16, 3 | 02000000, 0) or die "socket: $!\n";        # AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE
    bind($socket, pack('SSLL', 16, 0, 0, 0)) or die "bind: $!\n";
    setsockopt($socket, $SOL_NETLINK, $_, pack('l', 1)) for 11, 10, 12;   # EXT_ACK, CAP_ACK, GET_STRICT_CHK: best effort
    for ([33, 8, 8 << 20], [32, 7, 1 << 20]) {                            # RCVBUFFORCE or RCVBUF, SNDBUFFORCE or SNDBUF
        my ($force, $plain, $bytes) = @$_;
        setsockopt($socket, $SOL_SOCKET, $force, pack('l', $bytes)) or setsockopt($socket, $SOL_SOCKET, $plain, pack('l', $bytes));
    }
    return $socket;
}

my $requests = netlink();
my $portid = (unpack 'SSLL', getsockname $requests)[2];
my $events = netlink();

# classic BPF: drop what echoes our own requests (nlmsg_pid, at offset 12), pass the rest
my @filter = ([0x20, 0, 0, 12], [0x15, 0, 1, unpack('N', pack('L', $portid))], [6, 0, 0, 0], [6, 0, 0, 0xffffffff]);
my $program = join '', map { pack('SCCL', @$_) } @filter;
setsockopt($events, $SOL_SOCKET, 26, pack('S x![P] P', scalar @filter, $program)) or die "filter: $!\n";
for my $bit (0 .. 31) {
    next unless $groups >> $bit & 1;
    next if setsockopt($events, $SOL_NETLINK, 1, pack('l', $bit + 1));
    die "group: $!\n" if $! != $EINVAL;    # a kernel without that group has nothing to tell of it
}

my ($in, $out, $datagram) = ('', '', '');

sub emit {
    my ($kind, $payload) = @_;
    $out .= pack('LL', length $payload, $kind) . $payload;
    flush_out() if length $out > 262144;
}

sub flush_out {
    my $done = 0;
    while ($done < length $out) {
        my $n = syswrite(STDOUT, $out, length($out) - $done, $done);
        if (defined $n) { $done += $n }
        elsif ($! != $EINTR) { exit 0 }
    }
    $out = '';
}

sub drain {
    my ($socket, $kind) = @_;
    while (1) {
        if (defined recv($socket, $datagram, 65536, $MSG_DONTWAIT)) { emit($kind, $datagram); next }
        my $errno = $! + 0;
        last if $errno == $EAGAIN;
        next if $errno == $EINTR;
        emit($STATUS, pack('Ll', $REQUEST_ERROR + $kind, $errno));
        last if $errno != $ENOBUFS;
    }
}

sub forward {
    my ($at, $sent) = (0, 0);
    while (length($in) - $at >= 8) {
        my $length = unpack('L', substr($in, $at, 4));
        last if length($in) - $at - 8 < $length;
        defined send($requests, substr($in, $at + 8, $length), 0)
            or emit($STATUS, pack('LlL', $SEND_FAILED, $! + 0, unpack('L', substr($in, $at + 16, 4))));
        $at += 8 + $length;
        drain($requests, $ANSWER);
        flush_out() if ++$sent % $TOLD_EVERY == 0;
    }
    substr($in, 0, $at, '');
}

emit($STATUS, pack('LL', $HELLO, $portid));
flush_out();
while (1) {
    my $watched = '';
    vec($watched, $_, 1) = 1 for 0, fileno $requests, fileno $events;
    next if select(my $ready = $watched, undef, undef, undef) < 0;
    drain($events, $EVENT) if vec($ready, fileno $events, 1);
    drain($requests, $ANSWER) if vec($ready, fileno $requests, 1);
    if (vec($ready, 0, 1)) {
        my $n = sysread(STDIN, $in, 262144, length $in);
        if (!defined $n) { next if $! == $EINTR; exit 1 }
        exit 0 if $n == 0;
        forward();
    }
    flush_out() if length $out;
}
