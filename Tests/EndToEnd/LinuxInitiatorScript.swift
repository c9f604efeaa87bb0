/// What the machine runs: open-iscsi against a target, step by step; it stops at the first thing that is wrong.
enum LinuxInitiatorScript {
  /// `lab-initiator combinations|filesystem|multipath PORTAL [PORTAL]`; the account is in /root/account.
  static let text = #"""
    #!/bin/sh
    set -eu
    . /root/account
    step=$1 portal=$2
    node() { iscsiadm --mode node --targetname "$iqn" --portal "$@" > /dev/null; }
    set_value() { iscsiadm --mode node --targetname "$iqn" --op update --name "$1" --value "$2"; }
    discover() { iscsiadm --mode discovery --type sendtargets --portal "$1" > /dev/null; }

    wait_for() {
      tries=0
      until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 300 ] || {
          echo "lab: waited in vain for: $*"
          iscsiadm --mode session
          multipath -v3 -ll | tail -n 40
          journalctl --no-pager -u multipathd | tail -n 20
          exit 1
        }
        sleep 0.1
      done
    }
    link() { echo "/dev/disk/by-path/ip-$1:3260-iscsi-$iqn-lun-0"; }
    disk() { wait_for test -e "$(link "$1")"; readlink -f "$(link "$1")"; }

    verify() {
      fio --name=verify --filename="$1" --rw=randwrite --bsrange=512-256k --size=6m --iodepth=16 --ioengine=libaio \
        --direct=1 --eta=never --verify=crc32c --verify_fatal=1 --do_verify=1 --randseed="$2" --output=/tmp/fio.log ||
        { cat /tmp/fio.log; exit 1; }
    }
    negotiated() {
      iscsiadm --mode session --print 2 > /tmp/session
      grep -q "$1: $2\$" /tmp/session || { echo "lab: $1 is not $2:"; grep "$1" /tmp/session; exit 1; }
    }

    # Every combination of digests, R2T, immediate data and burst lengths.
    combinations() {
      discover "$portal"
      set_value node.session.auth.authmethod CHAP
      set_value node.session.auth.username "$user"
      set_value node.session.auth.password "$secret"
      set_value node.session.auth.username_in "$target_user"
      set_value node.session.auth.password_in "$target_secret"
      number=0
      for header in None CRC32C; do for data in None CRC32C; do
        for r2t in Yes No; do for immediate in Yes No; do for burst in 4096 262144; do
          number=$((number + 1))
          set_value 'node.conn[0].iscsi.HeaderDigest' $header
          set_value 'node.conn[0].iscsi.DataDigest' $data
          set_value node.session.iscsi.InitialR2T $r2t
          set_value node.session.iscsi.ImmediateData $immediate
          set_value node.session.iscsi.FirstBurstLength $burst
          set_value node.session.iscsi.MaxBurstLength $((burst * 2))
          set_value 'node.conn[0].iscsi.MaxRecvDataSegmentLength' $((burst / 2 + 512))
          node "$portal" --login
          negotiated HeaderDigest $header
          negotiated DataDigest $data
          negotiated InitialR2T $r2t
          negotiated ImmediateData $immediate
          negotiated FirstBurstLength $burst
          verify "$(disk "$portal")" $number
          node "$portal" --logout
        done; done; done
      done; done
      echo "lab: $number combinations"
    }

    filesystem() {
      node "$portal" --login
      device=$(disk "$portal")
      mkfs.ext4 -q -F "$device"
      mount "$device" /mnt
      cp -a /usr/share/doc /usr/sbin /mnt
      umount /mnt
      e2fsck -f -n "$device" > /dev/null 2>&1
      # Not from the cache.
      node "$portal" --logout
      node "$portal" --login
      device=$(disk "$portal")
      mount -o ro "$device" /mnt
      diff -r --no-dereference /usr/share/doc /mnt/doc
      diff -r --no-dereference /usr/sbin /mnt/sbin
      umount /mnt
      node "$portal" --logout
      echo "lab: file system unharmed"
    }

    active_paths() { [ "$(multipath -ll | grep -c ' active ready *running')" -eq "$1" ]; }

    multipath_cut() {
      second=$2
      printf 'defaults {\n find_multipaths no\n path_grouping_policy multibus\n user_friendly_names yes\n polling_interval 2\n}\nblacklist {\n devnode "^vd"\n}\n' \
        > /etc/multipath.conf
      set_value node.session.timeo.replacement_timeout 5
      set_value 'node.conn[0].timeo.noop_out_interval' 2
      set_value 'node.conn[0].timeo.noop_out_timeout' 2
      node "$portal" --login
      discover "$second"
      for pair in "authmethod CHAP" "username $user" "password $secret" "username_in $target_user" "password_in $target_secret"
      do set_value "node.session.auth.${pair%% *}" "${pair#* }"; done
      set_value node.session.timeo.replacement_timeout 5
      set_value 'node.conn[0].timeo.noop_out_interval' 2
      set_value 'node.conn[0].timeo.noop_out_timeout' 2
      node "$second" --login
      modprobe dm-multipath
      systemctl restart multipathd
      wait_for active_paths 2
      # The other end cuts the second path while this runs.
      fio --name=cut --filename=/dev/mapper/mpatha --rw=randwrite --bs=16k --size=32m --time_based --runtime=40 --direct=1 --eta=never \
        --ioengine=libaio --iodepth=8 --verify=crc32c --verify_fatal=1 --verify_backlog=512 --output=/tmp/fio.log ||
        { cat /tmp/fio.log; exit 1; }
      active_paths 1 || { multipath -ll; echo "lab: nothing was cut"; exit 1; }
      echo "lab: one path was enough"
    }

    multipath_back() {
      wait_for active_paths 2
      systemctl stop multipathd
      multipath -F
      iscsiadm --mode node --logoutall=all > /dev/null
      echo "lab: both paths are back"
    }

    case $step in
      combinations | filesystem | multipath_cut | multipath_back) "$@" ;;
      *) echo "lab: no step $step"; exit 2 ;;
    esac

    """#
}
