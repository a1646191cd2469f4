# The eye of a FIB measurement: a netlink socket that hears which IPv4 routes come and go, and when. It asks the kernel for nothing.
# Argument: b. Of the routes 1 in 2^b is let through, by a filter in the kernel, so that watching many costs next to nothing.
# Output: u32 length, u32 kind (0 hello, 1 event, 2 events were lost), u64 monotonic nanoseconds, the message. When stdin ends, so does this.
use strict;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
my ($bits) = @ARGV;
$SIG{$_} = 'IGNORE' for qw(PIPE INT HUP);

my ($SOL_SOCKET, $SOL_NETLINK, $MSG_DONTWAIT, $RTNLGRP_IPV4_ROUTE) = (1, 270, 0x40, 7);
my ($EINTR, $EAGAIN) = (4, 11);
my $BUFFER = 256 << 20;
my $DST_AT = 40;    # header 16, rtmsg 12, RTA_TABLE 8, then RTA_DST with its own header of 4

socket(my $events, 16, 3 | 02000000, 0) or die "socket: $!\n";
bind($events, pack('SSLL', 16, 0, 0, 0)) or die "bind: $!\n";
setsockopt($events, $SOL_SOCKET, 33, pack('l', $BUFFER)) or die "buffer: $!\n";

# ((dst >> 6) + dst) & mask == 0
my @filter = ([0x20, 0, 0, $DST_AT], [0x07, 0, 0, 0], [0x74, 0, 0, 6], [0x0c, 0, 0, 0], [0x54, 0, 0, (1 << $bits) - 1],
    [0x15, 0, 1, 0], [6, 0, 0, 0xffffffff], [6, 0, 0, 0]);
my $program = join '', map { pack('SCCL', @$_) } @filter;
setsockopt($events, $SOL_SOCKET, 26, pack('S x![P] P', scalar @filter, $program)) or die "filter: $!\n";
setsockopt($events, $SOL_NETLINK, 1, pack('l', $RTNLGRP_IPV4_ROUTE)) or die "group: $!\n";

my ($out, $message) = ('', '');

sub emit {
    my ($kind, $payload) = @_;
    $out .= pack('LLQ', length $payload, $kind, 1e9 * clock_gettime(CLOCK_MONOTONIC)) . $payload;
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

emit(0, '');
flush_out();
while (1) {
    my $watched = '';
    vec($watched, $_, 1) = 1 for 0, fileno $events;
    next if select(my $ready = $watched, undef, undef, undef) < 0;
    exit 0 if vec($ready, 0, 1);
    while (1) {
        if (defined recv($events, $message, 65536, $MSG_DONTWAIT)) { emit(1, $message); flush_out() if length $out > 65536; next }
        my $errno = $! + 0;
        last if $errno == $EAGAIN;
        emit(2, '') if $errno != $EINTR;
    }
    flush_out();
}
