/**
 * What puts up the wall of Landlock and becomes the program. Node cannot ask the kernel for it; perl can, and is part of most systems. It is told
 * `name=value` words: `abi`, numbers of system calls, the descriptor of a filter, `offline`, and each folder as `read=` or `write=`; then `--` and the program.
 * Numbers and bits are of include/uapi/linux/landlock.h, prctl.h and asm-generic/fcntl.h; those of Landlock's own calls are the same everywhere.
 */
export const landlockScript = String.raw`
use strict;
my (%is, @read, @write);
while (@ARGV and (my $word = shift) ne '--') {
  my ($name, $value) = split /=/, $word, 2;
  if ($name eq 'read') { push @read, $value } elsif ($name eq 'write') { push @write, $value } else { $is{$name} = $value + 0 }
}
sub must { my ($what, $got) = @_; return $got if $got >= 0; print STDERR "claw: the wall of Landlock could not be put up: $what: $!\n"; exit 125 }
my ($create, $add, $restrict, $path_beneath) = (444, 445, 446, 1);
my $all = 0x1fff | ($is{abi} > 1 ? 0x2000 : 0) | ($is{abi} > 2 ? 0x4000 : 0) | ($is{abi} > 4 ? 0x8000 : 0);
my ($reading, $of_files) = (0xd, 0xc007 & $all);
my $handled = pack 'Q', $all;
$handled .= pack 'Q', $is{offline} ? 3 : 0 if $is{abi} > 3;
$handled .= pack 'Q', 3 if $is{abi} > 5;
my $rules = must('ruleset', syscall $create, $handled, length $handled, 0);
for ((map { [$reading, $_] } @read), (map { [$all, $_] } @write)) {
  my ($rights, $path) = @$_;
  my $place = syscall $is{openat}, -100, $path, 0x280000, 0;
  next if $place < 0;
  my $rule = pack 'Q l', -d $path ? $rights : $rights & $of_files, $place;
  must($path, syscall $add, $rules, $path_beneath, $rule, 0);
  syscall $is{close}, $place;
}
open my $file, '<&=', $is{filter} or must('filter', -1);
binmode $file;
my $filter = do { local $/; <$file> };
close $file;
must('parent', syscall $is{prctl}, 1, 9, 0, 0, 0);
must('privileges', syscall $is{prctl}, 38, 1, 0, 0, 0);
must('restrict', syscall $restrict, $rules, 0);
must('filter', syscall $is{prctl}, 22, 2, pack('S x6 P', length($filter) / 8, $filter), 0, 0);
exec { $ARGV[0] } @ARGV or print STDERR "claw: $ARGV[0]: $!\n";
exit($!{ENOENT} ? 127 : 126);
`;
