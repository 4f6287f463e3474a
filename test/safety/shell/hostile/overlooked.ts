import { creates, starts, type Hostile } from "./hostile.ts";

/** What was once taken for reading: classes of signs within brackets, indices within lists, formats that ask for a signature. */
export const overlooked: readonly Hostile[] = [
  ...starts(
    "awk '/[[:alpha:]/#]/{system(\"touch PWN\")}' a.txt",
    'awk \'/[[:alpha:]/"]/{system("touch PWN")} /"/\' a.txt',
    "awk '/[^[:digit:]/#]/{ \"touch PWN\" | getline }' a.txt",
    "awk '{x = length /#/ ; system(\"touch PWN\")}' a.txt",
    'awk \'{ if (length /"/) system("touch PWN") } /"/\' a.txt',
    "sed -n '/[[:alpha:]/s/]/e touch PWN;/p' a.txt",
    "rg --engine --pre=./evil.sh foo a.txt",
    "git archive --prefix --exec=./evil.sh --add-file --remote=./remote.git HEAD",
    "x='a[$(touch PWN)]'; y=([x]=1)",
    "x='a[$(touch PWN)]'; y=(1 [x]+=1)",
    "y=(['a[$(touch PWN)]']=1)",
    'y=(["a[\\$(touch PWN)]"]=1)',
    "y=([a[\\$(touch PWN)]]=1)",
    "y+=(['a[$(touch PWN)]']=1)",
    "git stash -q; git rebase -qx 'touch PWN' HEAD~1",
    "mkdir git-merge-.; cp evil.sh git-merge-./PWN; git stash -q; git cherry-pick --allow-empty --strategy=./PWN topic",
  ),
  ...creates(
    "awk '/x|[[:digit:]/#]|o/{print > \"PWN\"}' a.txt",
    "sed 's/[[:alpha:]/]/;s|x|/w PWN|' a.txt",
    "sed -n 's/[[:space:]/]\\{0,1\\}/;s,x,/w PWN,p' a.txt",
    "sed -i'../PWN-*' s/one/two/ a.txt",
    "sed --in-place='../PWN-*' s/one/two/ a.txt",
    "git archive --prefix --output=PWN HEAD",
    "git archive --add-file -oPWN HEAD",
    "git archive -o a.tar --prefix --output=../PWN HEAD",
    "split -l1 a.txt ../PWN",
    "split -l1 - /tmp/PWN < a.txt",
    "csplit -s -f ../PWN a.txt 2",
    "csplit -s --prefix=/tmp/PWN a.txt 2",
    "csplit -s -f ./ -b '../PWN%d' a.txt 2",
  ),
];
